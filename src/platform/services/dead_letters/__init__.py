"""Dead letters: jobs that failed for good and wait for a person."""
