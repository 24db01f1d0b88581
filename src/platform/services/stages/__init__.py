"""Stages: a worker claims one, renews its lease while it works, and reports one outcome.

Whoever changes a job or its stages locks the job's row first, so that a claim, a result, a cancel and a
rescue of the same job happen one after the other.
"""

from . import notes
from .lease import Claimed, claim, goes_on, release, renew
from .outcome import Finished, fail, finish
from .rescue import invite_probes, requeue_lost, rescue_expired

__all__ = [
    "Claimed",
    "Finished",
    "claim",
    "fail",
    "finish",
    "goes_on",
    "invite_probes",
    "notes",
    "release",
    "renew",
    "requeue_lost",
    "rescue_expired",
]
