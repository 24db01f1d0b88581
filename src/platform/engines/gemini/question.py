"""A question to the model: a lasting instruction, and the text with what it is about."""

from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """``instruction`` is ours alone; ``text`` carries what people said or wrote."""

    instruction: str
    text: str
