"""Fetching what the stack is made of: locked, hash-checked, cached per user, never half-installed."""
