"""What people are told of extras that they did not get."""

from __future__ import annotations

from collections.abc import Iterable

from ..platform.domain.lifecycle import StageName
from ..platform.engines import protocol
from ..platform.services.job_views import Warned


def explained(warnings: Iterable[protocol.Warned]) -> frozenset[str]:
    """Return the features of which people are told already why they did not get them."""
    return frozenset(name for each in warnings for name in each.about)


def not_done(stage: StageName, who: str, feature: str) -> Warned:
    """Return the warning that ``who`` does not deliver a wanted feature."""
    message = f"{who} does not offer {feature}; it was not done and is not charged"
    return Warned(code="feature_unavailable", stage=stage, message=message)
