"""HTTP: the JSON API, the pages and the event streams."""
