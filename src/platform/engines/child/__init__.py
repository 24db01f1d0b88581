"""The program that an engine child runs; the only place that imports speech libraries."""
