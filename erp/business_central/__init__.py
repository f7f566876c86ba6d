"""Business Central on-premises, version 18: API v2.0, and a codeunit for what that cannot do."""
