"""Where a subtitle or a line of one may end: what it costs the reader, from 0 (a sentence ends) to ``NEVER``.

After punctuation, or before a conjunction or a preposition; never between an article, adjective-like word or
preposition and what it belongs to. Sources: Netflix, "Timed Text Style Guide: General Requirements", section on line
treatment; BBC, "Subtitle Guidelines", section on line breaks; JIS X 4051 for signs that no line of Japanese (or
Chinese) begins or ends with. Only the languages in the tables below have words that count; the others have their
punctuation and the speaker's pauses.
"""

# Words and signs of many scripts are no slips of the keyboard:
# ruff: noqa: RUF001

from __future__ import annotations

from . import wording
from .subtitle_tokens import Token

SENTENCE, CLAUSE, PAUSE, CONJUNCTION, PREPOSITION = 0, 2, 3, 4, 5
ANYWHERE, TORN, NEVER = 9, 16, 80
_PAUSE_SECONDS = 0.3  # longer than the closure of a consonant: the speaker has stopped there

_CONJUNCTIONS = {
    "en": "and but or nor so because although though while when where which who that if unless until since whereas",
    "de": "und aber oder denn sondern weil dass ob wenn als während obwohl damit bevor nachdem wo wer was welche",
    "fr": "et mais ou donc car ni que qui quand lorsque parce puisque comme si dont où tandis",
    "es": "y e pero o u ni porque que quien cuando aunque si como donde mientras pues sino",
    "it": "e ed ma o oppure perché che chi quando anche se come dove mentre quindi dunque",
    "pt": "e mas ou nem porque que quem quando embora se como onde enquanto pois",
    "nl": "en maar of want omdat dat die wanneer als terwijl hoewel zodat voordat nadat waar",
    "ru": "и а но или что чтобы если когда потому который которая которые где как хотя",
    "tr": "ve ama veya çünkü ki eğer fakat ancak",
}
_PREPOSITIONS = {
    "en": "in on at by for with from to into onto of about over under between through during before after against"
    " without within as than like",
    "de": "in im ins an am auf aus bei beim mit nach von vom vor zu zum zur für über unter durch gegen ohne um zwischen"
    " hinter neben seit",
    "fr": "à au aux dans de du des en sur sous par pour avec sans entre vers chez depuis pendant contre",
    "es": "a al ante con contra de del desde en entre hacia hasta para por según sin sobre tras",
    "it": "a al alla ai in nel nella di del della dei da dal dalla con su sul sulla per tra fra",
    "pt": "a ao à de do da dos das em no na nos nas com para por pelo pela sobre entre sem até",
    "nl": "in op aan bij met van voor naar uit over onder tussen door tegen zonder om",
    "ru": "в во на с со по к ко из у о об от для за до при под над без через между",
}
# What belongs to the word after it, beside the prepositions and conjunctions.
_BINDERS = {
    "en": "the a an my your his her its our their this these those no not very is are was were be been will would can"
    " could should may might must has have had do does did i you he she it we they mr. mrs. ms. dr. prof. st. no. vs.",
    "de": "der die das den dem des ein eine einen einem einer eines kein keine mein dein sein ihr unser nicht sehr ist"
    " sind war hat haben wird ich du er sie es wir dr. prof. hr. fr. nr.",
    "fr": "le la les l un une mon ma mes ton son sa ses notre votre leur ce cet cette ces ne pas très est sont a ont je"
    " tu il elle on nous vous ils elles m. mme dr.",
    "es": "el la los las un una unos unas mi tu su sus este esta estos estas no muy es son ha han se lo le yo sr. sra."
    " dr.",
    "it": "il lo la i gli le un uno una mio tuo suo questo questa non molto è sono ha hanno si io sig. dott.",
    "pt": "o a os as um uma uns umas meu seu sua este esta não muito é são se eu sr. sra. dr.",
    "nl": "de het een mijn jouw zijn haar ons hun dit deze geen niet heel is was heeft ik je hij zij we dhr. dr.",
}
_NEVER_FIRST = (
    "、。，．・：；？！ヽヾゝゞ々ー）〕］｝〉》」』】〙〗〟’”%‰℃ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
    ",.:;?!)]}»…،؛؟۔।"
)
_NEVER_LAST = "（〔［｛〈《「『【〘〖〝‘“([{«¿¡"
_PUNCTUATION = "\"'()[]{}«»“”„‘’,;:¿¡…–—"


class Grammar:
    """The small words of a language."""

    def __init__(self, language: str | None) -> None:
        code = (language or "").split("-")[0].lower()
        self._conjunctions = frozenset(_CONJUNCTIONS.get(code, "").split())
        self._prepositions = frozenset(_PREPOSITIONS.get(code, "").split())
        self._binders = frozenset(_BINDERS.get(code, "").split()) | self._conjunctions | self._prepositions

    def cost(self, before: Token, after: Token) -> int:
        """Return what it costs to end between two tokens that follow each other."""
        if before.bound or after.text[0] in _NEVER_FIRST or before.text[-1] in _NEVER_LAST:
            return NEVER
        if before.text.lower() in self._binders:
            return TORN  # also "Mr.", whose dot ends no sentence
        if wording.ends_sentence(before.text):
            return SENTENCE
        if wording.ends_clause(before.text):
            return CLAUSE
        return self._inside(before, after)

    def _inside(self, before: Token, after: Token) -> int:
        previous, following = (token.text.lower().strip(_PUNCTUATION) for token in (before, after))
        if previous in self._binders or (before.text[-1].isdigit() and not after.text[0].isdigit()):
            return TORN
        if after.start - before.end >= _PAUSE_SECONDS:
            return PAUSE
        if following in self._conjunctions:
            return CONJUNCTION
        if following in self._prepositions:
            return PREPOSITION
        return ANYWHERE
