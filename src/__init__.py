"""Reelscribe: long recordings become diarized, editable transcripts and highlight clips."""

__version__ = "0.1.0"
