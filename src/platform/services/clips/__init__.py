"""Clips: chosen, rendered one by one, shown, changed, exported."""
