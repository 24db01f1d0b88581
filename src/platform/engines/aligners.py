"""Which model times the words of a language, where it is or will be, and whether it can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import EngineUnavailable
from . import access

# The tables of WhisperX 3.8; a test compares them. Files of torchaudio's bundles first, then repositories of the hub.
TORCHAUDIO = {
    "en": ("WAV2VEC2_ASR_BASE_960H", "wav2vec2_fairseq_base_ls960_asr_ls960.pth"),
    "fr": ("VOXPOPULI_ASR_BASE_10K_FR", "wav2vec2_voxpopuli_base_10k_asr_fr.pt"),
    "de": ("VOXPOPULI_ASR_BASE_10K_DE", "wav2vec2_voxpopuli_base_10k_asr_de.pt"),
    "es": ("VOXPOPULI_ASR_BASE_10K_ES", "wav2vec2_voxpopuli_base_10k_asr_es.pt"),
    "it": ("VOXPOPULI_ASR_BASE_10K_IT", "wav2vec2_voxpopuli_base_10k_asr_it.pt"),
}
HUB = {
    "ja": "jonatasgrosman/wav2vec2-large-xlsr-53-japanese",
    "zh": "jonatasgrosman/wav2vec2-large-xlsr-53-chinese-zh-cn",
    "nl": "jonatasgrosman/wav2vec2-large-xlsr-53-dutch",
    "uk": "Yehor/wav2vec2-xls-r-300m-uk-with-small-lm",
    "pt": "jonatasgrosman/wav2vec2-large-xlsr-53-portuguese",
    "ar": "jonatasgrosman/wav2vec2-large-xlsr-53-arabic",
    "cs": "comodoro/wav2vec2-xls-r-300m-cs-250",
    "ru": "jonatasgrosman/wav2vec2-large-xlsr-53-russian",
    "pl": "jonatasgrosman/wav2vec2-large-xlsr-53-polish",
    "hu": "jonatasgrosman/wav2vec2-large-xlsr-53-hungarian",
    "fi": "jonatasgrosman/wav2vec2-large-xlsr-53-finnish",
    "fa": "jonatasgrosman/wav2vec2-large-xlsr-53-persian",
    "el": "jonatasgrosman/wav2vec2-large-xlsr-53-greek",
    "tr": "mpoyraz/wav2vec2-xls-r-300m-cv7-turkish",
    "da": "saattrupdan/wav2vec2-xls-r-300m-ftspeech",
    "he": "imvladikon/wav2vec2-xls-r-300m-hebrew",
    "vi": "nguyenvulebinh/wav2vec2-base-vi-vlsp2020",
    "ko": "kresnik/wav2vec2-large-xlsr-korean",
    "ur": "kingabzpro/wav2vec2-large-xls-r-300m-Urdu",
    "te": "anuragshas/wav2vec2-large-xlsr-53-telugu",
    "hi": "theainerd/Wav2Vec2-large-xlsr-hindi",
    "ca": "softcatala/wav2vec2-large-xlsr-catala",
    "ml": "gvs/wav2vec2-large-xlsr-malayalam",
    "no": "NbAiLab/nb-wav2vec2-1b-bokmaal-v2",
    "nn": "NbAiLab/nb-wav2vec2-1b-nynorsk",
    "sk": "comodoro/wav2vec2-xls-r-300m-sk-cv8",
    "sl": "anton-l/wav2vec2-large-xlsr-53-slovenian",
    "hr": "classla/wav2vec2-xls-r-parlaspeech-hr",
    "ro": "gigant/romanian-wav2vec2",
    "eu": "stefan-it/wav2vec2-large-xlsr-53-basque",
    "gl": "ifrz/wav2vec2-large-xlsr-galician",
    "ka": "xsway/wav2vec2-large-xlsr-georgian",
    "lv": "jimregan/wav2vec2-large-xlsr-latvian-cv",
    "tl": "Khalsuu/filipino-wav2vec2-l-xls-r-300m-official",
    "sv": "KBLab/wav2vec2-large-voxrex-swedish",
    "id": "cahya/wav2vec2-large-xlsr-indonesian",
}
TORCHAUDIO_URL = "https://download.pytorch.org/torchaudio/models"


@dataclass(frozen=True, kw_only=True)
class Aligner:
    """The model for ``language``: in ``folder``, or in that cache once ``repository`` has been downloaded there.

    ``repository`` is a bundle of torchaudio, a repository of the hub, or empty where the folder is all there is.
    """

    language: str
    folder: Path
    repository: str = ""


def chosen(language: str, root: Path) -> Aligner:
    """Return the aligner of ``language``, models being in ``root``: its own folder ``align/<language>`` goes first.

    Raises:
        EngineUnavailable: nobody has one for this language.
    """
    cache = root / "align"
    if (cache / language).is_dir():
        return Aligner(language=language, folder=cache / language)
    repository = TORCHAUDIO[language][0] if language in TORCHAUDIO else HUB.get(language, "")
    if not repository:
        raise EngineUnavailable(
            f"There is no alignment model for the language {language!r}.",
            hint=f"An administrator can put a wav2vec2 CTC model for it into align/{language} of REELSCRIBE_MODEL_DIR.",
            cause="language",
        )
    return Aligner(language=language, folder=cache, repository=repository)


async def refusal(aligner: Aligner, *, environ: Mapping[str, str]) -> EngineUnavailable | None:
    """Return why ``aligner`` cannot be had, None where it is here or can be downloaded; answers within seconds."""
    if not aligner.repository or _is_here(aligner):
        return None
    obstacle = await _obstacle(aligner, environ)
    if obstacle is None:
        return None
    return EngineUnavailable(
        f"The alignment model {aligner.repository} is not on this machine and cannot be downloaded: {obstacle}",
        hint="An administrator can connect this server to the model hub, or put a wav2vec2 CTC model "
        f"into align/{aligner.language} of REELSCRIBE_MODEL_DIR.",
        cause="hub",
    )


def _is_here(aligner: Aligner) -> bool:
    if aligner.language in TORCHAUDIO:
        return (aligner.folder / TORCHAUDIO[aligner.language][1]).is_file()
    return access.is_cached(aligner.folder, aligner.repository, "config.json")


async def _obstacle(aligner: Aligner, environ: Mapping[str, str]) -> str | None:
    if aligner.language in TORCHAUDIO:
        return await access.obstacle(f"{TORCHAUDIO_URL}/{TORCHAUDIO[aligner.language][1]}", environ=environ)
    denied = await access.denial(aligner.repository, "config.json", environ=environ)
    return denied.reason if denied else None
