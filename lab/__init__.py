"""Bench and chaos: what measures a house, and what breaks it on purpose."""
