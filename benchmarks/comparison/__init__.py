"""The common arrangement of the same endpoint: FastAPI, SQLAlchemy, Celery. Runs in ``.venv-bench``."""
