"""Languages as an MP4 calls them: ISO 639-2/T, three letters."""

from __future__ import annotations

import re
from typing import Final

# Source: the code tables of the Library of Congress, registration authority for ISO 639-2; of ``languages.NAMES``.
_CODES: Final[dict[str, str]] = dict(
    re.findall(
        r"(\w+):(\w+)",
        """
        af:afr am:amh ar:ara as:asm az:aze ba:bak be:bel bg:bul bn:ben bo:bod br:bre bs:bos ca:cat cs:ces cy:cym
        da:dan de:deu el:ell en:eng es:spa et:est eu:eus fa:fas fi:fin fo:fao fr:fra gl:glg gu:guj ha:hau haw:haw
        he:heb hi:hin hr:hrv ht:hat hu:hun hy:hye id:ind is:isl it:ita ja:jpn jv:jav jw:jav ka:kat kk:kaz km:khm
        kn:kan ko:kor la:lat lb:ltz ln:lin lo:lao lt:lit lv:lav mg:mlg mi:mri mk:mkd ml:mal mn:mon mr:mar ms:msa
        mt:mlt my:mya ne:nep nl:nld nn:nno no:nor oc:oci pa:pan pl:pol ps:pus pt:por ro:ron ru:rus sa:san sd:snd
        si:sin sk:slk sl:slv sn:sna so:som sq:sqi sr:srp su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha tk:tuk
        tl:tgl tr:tur tt:tat uk:ukr ur:urd uz:uzb vi:vie yi:yid yo:yor yue:zho zh:zho
        """,
    )
)
UNKNOWN: Final = "und"


def three_letters(language: str | None) -> str:
    """Return the code of a language, "und" where it has none.

    >>> three_letters("de"), three_letters(None)
    ('deu', 'und')
    """
    return _CODES.get((language or "").partition("-")[0].lower(), UNKNOWN)
