"""Gemini through Google's google-genai SDK."""
