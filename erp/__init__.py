"""Adapters: everything that speaks to a far side, and the sandbox that stands in for one."""
