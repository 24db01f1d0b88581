"""Child processes that end as a group: on cancel, on time-out, and when their parent dies."""
