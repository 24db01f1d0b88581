"""``/api/v1/jobs/{id}/clips/export`` and ``/api/v1/clips/{id}/chapters``: clips for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import FromPath, QueryParameter

from ...platform.domain.filenames import content_disposition
from ...platform.services.clips import exports
from ...platform.services.clips.exports import File, FormatName
from ..guards import Caller
from ..problems import documented

_FILE = ResponseSpec(bytes, generate_examples=False, media_type="application/xml", description="The file")
_LIST = ResponseSpec(bytes, generate_examples=False, media_type="text/plain", description="The list")


@dataclass
class _InAllFormats(Operation):
    """Says in the reference that a cut list comes in other forms than FCPXML too."""

    def __post_init__(self) -> None:
        answer = (self.responses or {})["200"]
        if isinstance(answer, OpenAPIResponse) and answer.content is not None:
            text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
            answer.content.update(dict.fromkeys(("text/plain", "application/json"), text))


Format = Annotated[
    FormatName,
    QueryParameter(name="format", description="FCPXML, EDL or OTIO for an editor, or a list of chapters for YouTube"),
]


@get(
    "/jobs/{job_id:uuid}/clips/export",
    tags=["Clips"],
    operation_class=_InAllFormats,
    responses={200: _FILE, **documented(404, 409)},
)
async def export(job_id: FromPath[UUID], identity: Caller, format_name: Format = "fcpxml") -> Response[bytes]:
    """Return the clips as a cut list of the recording, or the recording's chapters."""
    return _answer(await exports.export(identity.user_id, job_id, format_name))


@get("/clips/{clip_id:uuid}/chapters", tags=["Clips"], responses={200: _LIST, **documented(404)})
async def chapters(clip_id: FromPath[UUID], identity: Caller) -> Response[bytes]:
    """Return the chapters of a reel, as YouTube reads them in a description."""
    return _answer(await exports.reel_chapters(identity.user_id, clip_id))


def _answer(file: File) -> Response[bytes]:
    # As a header: to a media type of text Litestar would add the charset once more.
    headers = {"Content-Disposition": content_disposition(file.filename), "Content-Type": file.made.content_type}
    return Response(file.made.content, headers=headers)


handlers = (export, chapters)
