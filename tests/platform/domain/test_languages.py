from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import languages
from reelscribe.platform.errors import UnsupportedOption


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("en_GB", "en"),
        (" de ", "de"),
        ("zh-Hant-TW", "zh"),
        ("cmn", "zh"),
        ("yue", "yue"),
        ("haw", "haw"),
        ("iw", "he"),
        ("nb-NO", "no"),
        ("jv", "jw"),
        ("deu", "de"),
    ],
)
def test_tag_gives_its_code(tag: str, code: str) -> None:
    assert languages.parse(tag) == code


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("german", "'de' (German)"),
        ("Englsh", "'en' (English)"),
        ("enn", "'en' (English)"),
        ("xx", "have it detected"),
        ("", "have it detected"),
        ("auto", "have it detected"),
        ("en-", "'en' (English)"),
        ("english please", "have it detected"),
    ],
)
def test_unknown_language_is_refused_with_a_hint(tag: str, hint: str) -> None:
    with pytest.raises(UnsupportedOption) as refusal:
        languages.parse(tag)

    assert hint in refusal.value.hint
    assert refusal.value.facts["field"] == "language"


@given(st.text())
def test_any_text_is_known_or_refused(tag: str) -> None:
    try:
        outcome = languages.name(languages.parse(tag))
    except UnsupportedOption as refusal:
        outcome = refusal.hint

    assert outcome[0].isupper()


@pytest.mark.parametrize("code", languages.NAMES)
def test_every_code_means_itself_and_has_a_name(code: str) -> None:
    assert languages.parse(code) == code
    assert languages.name(code)[0].isupper()


def test_every_alias_leads_to_a_known_code() -> None:
    assert set(languages._SAME.values()) <= set(languages.NAMES)
    assert not set(languages._SAME) & set(languages.NAMES)


@pytest.mark.parametrize(("tag", "is_so"), [("en", True), ("en-AU", True), ("eng", True), ("de", False), (None, False)])
def test_english_is_recognised(tag: str | None, is_so: bool) -> None:
    assert languages.is_english(tag) is is_so


@pytest.mark.parametrize(("tag", "is_so"), [("zh-CN", True), ("ja", True), ("th", True), ("ko", False), (None, False)])
def test_languages_without_spaces_are_known(tag: str | None, is_so: bool) -> None:
    assert languages.is_unspaced(tag) is is_so
