"""What admins see of the whole platform: queues, workers, models, breakers, people, jobs, health."""

from . import engines, frame, health, jobs, picture, queues, users, workers

__all__ = ["engines", "frame", "health", "jobs", "picture", "queues", "users", "workers"]
