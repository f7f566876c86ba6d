"""What goes out: the relay, its subscriptions, and how one message is sent."""

from __future__ import annotations
