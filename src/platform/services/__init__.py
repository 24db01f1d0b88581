"""What the program does, one module per noun; the only part of the platform that handlers and actors call."""
