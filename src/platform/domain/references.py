"""What is known about a text, when the text's segments and speakers get their final names; pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .insights import Insights, Sentiment, TranslatedSegment, Translation


def renamed(insights: Insights, *, segments: Mapping[str, str], speakers: Mapping[str, str]) -> Insights:
    """Return the insights with final names: ``{old: new}`` of segments in their final order, and of speakers.

    A segment that was cut where the speaker changes is its first part from here on: a paragraph begins there, and
    the translation of the whole stands there. What belongs to a segment that is gone goes with it; a speaker who is
    not in the transcript is nobody.
    """
    if insights == Insights():
        return insights
    begun = frozenset(insights.paragraphs)
    return msgspec.structs.replace(
        insights,
        sentiments=tuple(_spoken(each, speakers) for each in insights.sentiments),
        paragraphs=tuple(new for old, new in segments.items() if old in begun),
        translations=tuple(_placed(each, segments) for each in insights.translations),
    )


def _spoken(found: Sentiment, speakers: Mapping[str, str]) -> Sentiment:
    speaker = speakers.get(found.speaker) if found.speaker else None
    return msgspec.structs.replace(found, speaker=speaker)


def _placed(translation: Translation, segments: Mapping[str, str]) -> Translation:
    texts = {segment.id: segment.text for segment in translation.segments}
    kept = tuple(TranslatedSegment(id=new, text=texts[old]) for old, new in segments.items() if old in texts)
    return msgspec.structs.replace(translation, segments=kept)
