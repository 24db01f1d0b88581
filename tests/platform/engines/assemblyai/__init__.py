"""Tests of the AssemblyAI engine, through its SDK, against a local server that speaks its protocol."""
