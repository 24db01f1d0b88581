"""Where Piccolo's command line finds the database and the tables (PICCOLO_CONF=reelscribe.piccolo_conf)."""

from piccolo.conf.apps import AppRegistry

from .platform.db import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(apps=["reelscribe.piccolo_app"])
