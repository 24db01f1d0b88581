"""Talks as numbered sentences: written ones, the spoken ones of the shared media, very long ones."""

from __future__ import annotations

import json
import random
from pathlib import Path

import msgspec
from reelscribe.platform.domain import sentences
from reelscribe.platform.domain.sentences import Sentence
from reelscribe.platform.domain.transcript import Segment, Word

# Four subjects of six sentences; each sentence takes ten seconds, and a pause of one parts them.
BREAD = (
    "Today we bake bread from flour, water, salt and yeast.",
    "The yeast eats the sugar of the flour and makes gas.",
    "The gas lifts the dough, so the bread gets its holes.",
    "Knead the dough for ten minutes until it is smooth.",
    "A warm kitchen lets the yeast work twice as fast.",
    "The most important thing about bread is patience with the dough.",
)
BRIDGES = (
    "Now let us look at how bridges carry their weight.",
    "A suspension bridge hangs its road from two steel cables.",
    "The cables pull on the towers, and the towers press on the rock.",
    "Wind nearly tore down the first suspension bridge of this kind.",
    "Engineers learned to test every bridge in a wind tunnel.",
    "Steel cables of a bridge are painted against rust every year.",
)
WHALES = (
    "Next come the whales, the largest animals of all time.",
    "A blue whale eats four tons of krill on a summer day.",
    "Whales sing songs that other whales hear across the ocean.",
    "Why do whales sing at night in the deep ocean?",
    "The song of a whale travels further in cold water.",
    "Ships disturb the whales, because engines drown their song.",
)
STARS = (
    "Finally we turn to the stars and how they are born.",
    "A star begins as a cloud of cold hydrogen gas in space.",
    "Gravity pulls the hydrogen together until the core burns.",
    "Our sun is a star that has burned for five billion years.",
    "Heavy stars explode and scatter iron and gold into space.",
    "In summary, the gold of every ring was made inside a star.",
)
LESSON = (*BREAD, *BRIDGES, *WHALES, *STARS)


def said(*texts: str, seconds: float = 10.0, pause: float = 0.5, speaker: str | None = None) -> tuple[Sentence, ...]:
    """Return sentences of the same length, one after the other."""
    step = seconds + pause
    return tuple(
        Sentence(number=number, start=number * step, end=number * step + seconds, text=text, speaker=speaker)
        for number, text in enumerate(texts)
    )


def truth(shared: Path, name: str) -> tuple[Sentence, ...]:
    """Return what is said in a recording of the shared media, by its truth."""
    spoken = json.loads((shared / "media" / "E_long" / f"{name}.truth.json").read_text(encoding="utf-8"))
    return sentences.of([_segment(each) for each in spoken["segments"]], "en")


def long_talk(shared: Path, *, hours: float, seed: int = 7) -> tuple[Sentence, ...]:
    """Return a lecture made of the utterances of the shared pool, in an order by chance, again and again."""
    pool = json.loads((shared / "media" / "pool" / "pool.json").read_text(encoding="utf-8"))["utterances"]
    chance = random.Random(seed)
    found: list[Sentence] = []
    at = 0.0
    while at < hours * 3600:
        for each in chance.sample(pool, len(pool)):
            found.append(
                Sentence(number=len(found), start=at, end=at + each["duration"], text=each["text"], speaker="A")
            )
            at += each["duration"] + chance.uniform(0.2, 2.0)
    return tuple(found)


def without_marks(talk: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """Return the talk as an engine writes it that knows neither marks nor capitals."""
    return tuple(
        msgspec.structs.replace(each, text="".join(sign for sign in each.text.lower() if sign.isalnum() or sign == " "))
        for each in talk
    )


def _segment(spoken: dict[str, object]) -> Segment:
    words = [Word(start=word["s"], end=word["e"], text=word["w"]) for word in spoken["words"]]
    texts = str(spoken["text"]).split()
    if len(texts) == len(words):
        words = [msgspec.structs.replace(word, text=text) for word, text in zip(words, texts, strict=True)]
    return Segment(
        id=str(spoken["index"]),
        start=spoken["start"],
        end=spoken["end"],
        text=str(spoken["text"]),
        speaker=str(spoken["speaker"]),
        words=tuple(words),
    )
