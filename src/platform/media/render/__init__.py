"""Clips: from spans of a recording to a video file that plays everywhere."""
