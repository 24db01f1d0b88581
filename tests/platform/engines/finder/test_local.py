from __future__ import annotations

import pytest
from reelscribe.platform.domain.clips import ClipsWanted
from reelscribe.platform.engines.finder import lexicons
from reelscribe.platform.engines.finder.local import LocalFinder
from reelscribe.platform.errors import EngineFailed

from tests.platform.domain.cohesion import lessons
from tests.platform.engines.conftest import Notes


async def test_finds_without_a_key_or_a_network(notes: Notes) -> None:
    finder = LocalFinder()

    found = await finder.find(lessons.said(*lessons.LESSON), "en-GB", ClipsWanted(), notes)

    assert finder.refusal() is None
    assert (found.finder, found.model, found.warnings) == ("local", "cohesion-1", ())
    assert [each.first for each in found.segments] == [0, 6, 12, 18]
    assert found.usage.requests == 0
    assert notes.fractions[-1] == 1.0


async def test_language_that_nobody_named_is_guessed(notes: Notes) -> None:
    talk = lessons.said(*lessons.LESSON)

    named = await LocalFinder().find(talk, "en", ClipsWanted(), notes)
    guessed = await LocalFinder().find(talk, None, ClipsWanted(), notes)

    assert guessed.segments == named.segments


async def test_wish_that_nothing_meets_is_told(notes: Notes) -> None:
    found = await LocalFinder().find(lessons.said(*lessons.LESSON), "en", ClipsWanted(about="tax law"), notes)

    assert [warned.code for warned in found.warnings] == ["about_not_found"]
    assert found.segments


async def test_nothing_said_is_a_clear_failure(notes: Notes) -> None:
    with pytest.raises(EngineFailed, match="Nothing is said"):
        await LocalFinder().find((), "en", ClipsWanted(), notes)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The yeast eats the sugar of the flour and makes gas.", "en"),
        ("Die Hefe frisst den Zucker des Mehls und macht daraus Gas.", "de"),
        ("La levure mange le sucre de la farine et elle fait du gaz.", "fr"),
        ("La levadura se come el azúcar de la harina y hace gas con ella.", "es"),
        ("12 34 56", None),
    ],
)
def test_language_is_guessed_by_its_small_words(text: str, language: str | None) -> None:
    assert lexicons.guessed([text]) == language


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("en", "printing", "printed"), ("de", "Häuser".casefold(), "häusern"), ("xx", "abcdefgh", "abcdefxy")],
)
def test_endings_are_cut_off(language: str, one: str, other: str) -> None:
    stem = lexicons.lexicon(language).stem

    assert stem(one) == stem(other)
