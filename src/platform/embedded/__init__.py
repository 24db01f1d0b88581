"""PostgreSQL and Redis that come as Python wheels."""
