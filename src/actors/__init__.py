"""The stages of a job, each a thin actor."""
