"""The local analyst: chooses clips by counting words, without a key, a model or a network."""
