"""The local signing key: an elliptic curve key pair in the home, made on first use."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from museline.errors import IntegrityError
from museline.extras import require
from museline.storage.atomic import write_bytes
from museline.storage.home import Home


def private_key_path(home: Home) -> Path:
    """The private half (PEM, readable by its owner only). It need not exist yet."""
    return home.keys / "signing-key.pem"


def public_key_path(home: Home) -> Path:
    """The public half (PEM), which is what a machine that only verifies needs."""
    return home.keys / "signing-key.pub"


def ensure_keys(home: Home) -> Path:
    """The private key of `home`; a pair on the curve P-256 is made where there is none.

    The public half is derived from the private one, so that a kill between the two writes heals.
    Raises IntegrityError if the private key cannot be read as one.
    """
    from filelock import FileLock

    home.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    private, public = private_key_path(home), public_key_path(home)
    with FileLock(home.keys / "keys.lock"):
        if not private.exists():
            _write_private(private, _new_key())
        expected = _public_half(private)
        if not public.exists() or public.read_bytes() != expected:
            write_bytes(public, expected)
    return private


def _new_key() -> bytes:
    require("model_signing", "signing a model")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public_half(private: Path) -> bytes:
    from cryptography.hazmat.primitives import serialization

    try:
        key = serialization.load_pem_private_key(private.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise IntegrityError(
            "the signing key cannot be read",
            value=private,
            mend="bring it back from a copy, or remove it and register the models again",
        ) from error
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _write_private(path: Path, data: bytes) -> None:
    """As `write_bytes`, but nobody else may read the file at any moment (mkstemp gives 0600)."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
