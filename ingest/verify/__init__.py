"""Who sent it: one verifier for each scheme, over bytes, and none that input can make raise.

A verifier is built once, at start, with every live secret of its source (`build_verifier`); each
of them opens, and all of them are tried, in constant time. A timestamp that a scheme signs may lie
`tolerance` seconds back or ahead. Sources: the specification of Standard Webhooks 1.0.0, and the
pages of Stripe, GitHub, Shopify, Zoho Subscriptions and Business Central on their webhooks.
"""

from __future__ import annotations

from ingest.verify.build import build_verifier
from ingest.verify.types import Covers, Reason, Refused, Signed, Verified, Verifier

__all__ = ["Covers", "Reason", "Refused", "Signed", "Verified", "Verifier", "build_verifier"]
