"""Chaos on real processes: killed, frozen, cut off, and reckoned up at the end."""
