"""Speech engines behind one protocol; each knows nothing of the others."""
