"""The server-rendered pages: they work without JavaScript; htmx and small modules make them live."""
