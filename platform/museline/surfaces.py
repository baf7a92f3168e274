"""The surfaces of the reference release, where people meet the assistant. Others need no code: a
plan names its own."""

from __future__ import annotations

FIRST_PARTY = ("meta-ai-web", "meta-ai-app")
MESSAGING = ("whatsapp", "instagram", "facebook", "messenger")
DEVICES = ("glasses",)
SURFACES = (*FIRST_PARTY, *MESSAGING, *DEVICES)
