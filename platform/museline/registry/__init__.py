"""The registry of models: MLflow on SQLite, with every model's folder signed.

Loading goes through `load_verified`, which checks the signature before it hands out the folder.
"""

from museline.registry.keys import private_key_path, public_key_path
from museline.registry.registry import (
    CANDIDATE,
    CHAMPION,
    PUBLIC_NAME,
    Entry,
    RegisteredModel,
    Registry,
    load_verified,
)
from museline.registry.signing import SIGNATURE_FILE, sign_folder, verify_folder

__all__ = [
    "CANDIDATE",
    "CHAMPION",
    "PUBLIC_NAME",
    "SIGNATURE_FILE",
    "Entry",
    "RegisteredModel",
    "Registry",
    "load_verified",
    "private_key_path",
    "public_key_path",
    "sign_folder",
    "verify_folder",
]
