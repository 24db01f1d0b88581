"""AssemblyAI through its SDK."""
