"""Languages by their codes, as Whisper knows them."""

from __future__ import annotations

import difflib
import re

from ..errors import UnsupportedOption

# ISO 639-1, but for "haw" and "yue" (which have no two letters) and Whisper's own "jw" for Javanese.
# Source: the table of languages in the tokenizer of openai/whisper.
NAMES: dict[str, str] = {
    "af": "Afrikaans",
    "am": "Amharic",
    "ar": "Arabic",
    "as": "Assamese",
    "az": "Azerbaijani",
    "ba": "Bashkir",
    "be": "Belarusian",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "bo": "Tibetan",
    "br": "Breton",
    "bs": "Bosnian",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fo": "Faroese",
    "fr": "French",
    "gl": "Galician",
    "gu": "Gujarati",
    "ha": "Hausa",
    "haw": "Hawaiian",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "ht": "Haitian Creole",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "jw": "Javanese",
    "ka": "Georgian",
    "kk": "Kazakh",
    "km": "Khmer",
    "kn": "Kannada",
    "ko": "Korean",
    "la": "Latin",
    "lb": "Luxembourgish",
    "ln": "Lingala",
    "lo": "Lao",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mg": "Malagasy",
    "mi": "Maori",
    "mk": "Macedonian",
    "ml": "Malayalam",
    "mn": "Mongolian",
    "mr": "Marathi",
    "ms": "Malay",
    "mt": "Maltese",
    "my": "Burmese",
    "ne": "Nepali",
    "nl": "Dutch",
    "nn": "Nynorsk",
    "no": "Norwegian",
    "oc": "Occitan",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sa": "Sanskrit",
    "sd": "Sindhi",
    "si": "Sinhala",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sn": "Shona",
    "so": "Somali",
    "sq": "Albanian",
    "sr": "Serbian",
    "su": "Sundanese",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "tg": "Tajik",
    "th": "Thai",
    "tk": "Turkmen",
    "tl": "Tagalog",
    "tr": "Turkish",
    "tt": "Tatar",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "uz": "Uzbek",
    "vi": "Vietnamese",
    "yi": "Yiddish",
    "yo": "Yoruba",
    "yue": "Cantonese",
    "zh": "Chinese",
}

# Codes that mean one of the above: withdrawn ones, macrolanguages, three letters where two exist.
_SAME = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jv": "jw",
    "nb": "no",
    "fil": "tl",
    "cmn": "zh",
    "eng": "en",
    "deu": "de",
    "ger": "de",
    "fra": "fr",
    "fre": "fr",
    "spa": "es",
    "ita": "it",
    "por": "pt",
    "nld": "nl",
    "dut": "nl",
    "rus": "ru",
    "tur": "tr",
    "jpn": "ja",
    "kor": "ko",
    "zho": "zh",
    "chi": "zh",
    "ara": "ar",
    "hin": "hi",
}

# Written without spaces between words.
_UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "km", "my"})

# The primary subtag of RFC 5646, section 2.1, and whatever follows it (script, region, …).
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)


def parse(tag: str) -> str:
    """Return the code of a language tag; region and script do not matter.

    >>> parse("en-US"), parse("zh_Hant"), parse("iw")
    ('en', 'zh', 'he')

    Raises:
        UnsupportedOption: no language that Whisper knows; the hint names those that look alike.
    """
    code = _code(tag)
    if code in NAMES:
        return code
    raise UnsupportedOption(f"The language '{tag[:40]}' is not known.", hint=_hint(tag), field="language")


def name(code: str) -> str:
    """Return the English name, or the code itself where it is not known."""
    return NAMES.get(code, code)


def is_english(tag: str | None) -> bool:
    """Return whether the language is known to be English, in any of its regions."""
    return tag is not None and _code(tag) == "en"


def is_unspaced(tag: str | None) -> bool:
    """Return whether the language is written without spaces between words."""
    return tag is not None and _code(tag) in _UNSPACED


def _code(tag: str) -> str:
    match = _TAG.fullmatch(tag.strip())
    primary = match[1].lower() if match else ""
    return _SAME.get(primary, primary)


def _hint(tag: str) -> str:
    by_word = {word.lower(): code for code, word in NAMES.items()}
    wanted = tag.strip().lower()[:40]
    near = [by_word[word] for word in difflib.get_close_matches(wanted, by_word, n=3, cutoff=0.6)]
    near += difflib.get_close_matches(wanted, NAMES, n=3, cutoff=0.6)
    offers = [f"'{code}' ({NAMES[code]})" for code in dict.fromkeys(near)][:3]
    if not offers:
        return "Give a code of ISO 639-1, such as 'en', or leave the language out to have it detected."
    return f"Did you mean {' or '.join(offers)}? Or leave the language out to have it detected."
