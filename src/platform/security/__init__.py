"""Passwords, tokens and signatures."""
