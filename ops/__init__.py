"""The operator's service: what is looked at and what is ordered, behind CLI and HTTP."""
