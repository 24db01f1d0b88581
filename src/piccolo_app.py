"""Our one Piccolo app: the tables and the folder of their migrations."""

from piccolo.conf.apps import AppConfig

from .platform import tables
from .platform.resources import data_path

APP_CONFIG = AppConfig(
    app_name="reelscribe",
    migrations_folder_path=str(data_path("migrations")),
    table_classes=list(tables.ALL),
    migration_dependencies=[],
)
