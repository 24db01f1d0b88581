"""Measure speed and memory against their targets; ``just bench``."""
