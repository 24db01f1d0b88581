"""Everything below the handlers and the actors; the layers are drawn in ``docs/architecture.md``."""
