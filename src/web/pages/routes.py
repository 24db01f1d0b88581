"""All pages."""

from __future__ import annotations

from . import account, admin, clip_words, clips, front, jobs, new_job, signing_in, uploads

handlers = (
    *front.handlers,
    *signing_in.handlers,
    *new_job.handlers,
    *uploads.handlers,
    *jobs.handlers,
    *clips.handlers,
    *clip_words.handlers,
    *account.handlers,
    *admin.handlers,
)
