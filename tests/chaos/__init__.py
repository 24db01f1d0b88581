"""The chaos suite: ``just chaos`` breaks a whole platform in every way we know while it does its jobs.

``story`` tells it all: it starts PostgreSQL and Redis (``servers``) and our real processes (``fleet``,
``program``), lets customers bring jobs (``orders``, ``materials``, ``customers``) and edit their clips (``deeds``),
breaks things meanwhile (``faults``, ``weather``), waits until every job has ended, and then looks whether everything
is as it must be (``ledgers``, ``leftovers``, ``promises``, ``clips``). ``table`` prints what happened.
"""
