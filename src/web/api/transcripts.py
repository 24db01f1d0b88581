"""``/api/v1/jobs/{id}/transcript`` and ``…/download``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import FromPath, QueryParameter

from ...platform.domain.transcript import Transcript
from ...platform.services import transcripts
from ...platform.services.transcripts import Download, VersionPage
from ..guards import Caller
from ..problems import documented

FormatName = Literal["json", "txt", "srt", "vtt", "tsv", "csv", "rttm", "md", "docx"]


_OTHER_TYPES = (
    "text/plain",
    "application/x-subrip",
    "text/vtt",
    "text/tab-separated-values",
    "text/csv",
    "text/markdown",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
_TRANSCRIPT = ResponseSpec(Transcript, generate_examples=False, description="The transcript")


@dataclass
class _InAllFormats(Operation):
    """Says in the reference that the transcript comes in other forms than JSON too."""

    def __post_init__(self) -> None:
        answer = (self.responses or {})["200"]
        if isinstance(answer, OpenAPIResponse) and answer.content is not None:
            text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
            answer.content.update(dict.fromkeys(_OTHER_TYPES, text))


Format = Annotated[FormatName, QueryParameter(name="format", description="How to write it")]


@get(
    "/jobs/{job_id:uuid}/transcript",
    tags=["Transcripts"],
    operation_class=_InAllFormats,
    responses={200: _TRANSCRIPT, **documented(409)},
)
async def transcript(job_id: FromPath[UUID], identity: Caller, format_name: Format = "json") -> Response[bytes]:
    """Return the newest version; of an unfinished job, the text that is there already."""
    made = await transcripts.export(identity.user_id, job_id, format_name)
    # The job's id is plain ASCII; the recording's own name comes with the signed download.
    name = f"transcript-{job_id}{made.suffix}"
    return Response(
        made.content,
        # As a header: to a media type of text Litestar would add the charset once more.
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": made.content_type},
    )


@get("/jobs/{job_id:uuid}/transcript/versions", tags=["Transcripts"])
async def versions(job_id: FromPath[UUID], identity: Caller) -> VersionPage:
    """List the versions, newest first; a re-run or an edit adds one, none is ever changed."""
    return await transcripts.versions(identity.user_id, job_id)


@get("/jobs/{job_id:uuid}/download", tags=["Transcripts"], responses=documented(409))
async def download(job_id: FromPath[UUID], identity: Caller, format_name: Format = "json") -> Download:
    """Return an address from which anyone can download the stored result until it expires."""
    return await transcripts.download(identity.user_id, job_id, format_name)


handlers = (transcript, versions, download)
