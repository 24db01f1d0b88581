"""The Celery application; its worker is not part of what is measured."""

from __future__ import annotations

import os

from celery import Celery

celery = Celery("comparison", broker=os.environ["COMPARISON_BROKER"])
celery.conf.update(task_ignore_result=True, broker_pool_limit=20, broker_connection_retry_on_startup=True)


@celery.task
def ingest(job_id: str) -> None:
    """Stand where the work would begin."""
