"""Signing and verifying model folders by the OpenSSF Model Signing format."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path

from museline.errors import IntegrityError
from museline.extras import require
from museline.registry.keys import ensure_keys
from museline.storage.digests import digest_file
from museline.storage.home import Home

SIGNATURE_FILE = "model.sig"
_MEND = "register the model again, or bring its folder back from a copy"


def sign_folder(folder: Path, home: Home) -> Path:
    """Sign every file below `folder` with the key of `home`; returns the path of `model.sig`.

    The signature is a Sigstore bundle over the SHA-256 digests of all files but itself. It is
    written aside and renamed: a killed attempt leaves a folder that is plainly not signed.
    """
    require("model_signing", "signing a model")
    from model_signing import hashing, signing

    private = ensure_keys(home)
    target = folder / SIGNATURE_FILE
    target.unlink(missing_ok=True)
    aside = folder.parent / f".{folder.name}.{SIGNATURE_FILE}"
    rules = hashing.Config().set_ignored_paths(paths=[], ignore_git_paths=False)
    config = signing.Config().set_hashing_config(rules)
    config.use_elliptic_key_signer(private_key=private).sign(folder, aside)
    aside.replace(target)
    return target


def verify_folder(folder: Path, public_key: Path) -> None:
    """Check that `folder` is exactly what the holder of `public_key`'s other half signed.

    Raises IntegrityError, naming the files, if one was changed, added, removed or replaced by a
    link, if the signature is missing or broken, or if another key made it.
    """
    require("model_signing", "verifying a model")
    from cryptography.exceptions import InvalidSignature
    from model_signing import hashing, verifying

    signature = folder / SIGNATURE_FILE
    _check_present(folder, signature, public_key)
    rules = hashing.Config().set_ignored_paths(paths=[SIGNATURE_FILE], ignore_git_paths=False)
    config = verifying.Config().set_hashing_config(rules)
    try:
        config.use_elliptic_key_verifier(public_key=public_key).verify(folder, signature)
    except InvalidSignature as error:
        raise IntegrityError(
            f"the signature in {SIGNATURE_FILE} is not what the key signed",
            value=signature,
            mend=_MEND,
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise _explain(folder, signature, public_key, error) from error


def _check_present(folder: Path, signature: Path, public_key: Path) -> None:
    if not folder.is_dir():
        raise IntegrityError("there is no model folder here", value=folder, mend=_MEND)
    if not public_key.is_file():
        raise IntegrityError(
            "there is no public key to verify with",
            value=public_key,
            mend="copy signing-key.pub from the home where the model was registered",
        )
    if not signature.is_file() or signature.is_symlink():
        raise IntegrityError(
            f"the model is not signed: {SIGNATURE_FILE} is missing", value=folder, mend=_MEND
        )
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise IntegrityError(
                f"{path.relative_to(folder)} is a link; a signed model has files only",
                value=path,
                mend=_MEND,
            )


def _explain(folder: Path, signature: Path, public_key: Path, error: Exception) -> IntegrityError:
    """The library's refusal in our words: which files differ, else what is wrong with the rest."""
    if "Signature mismatch" in str(error):
        changes = _changes(folder, signature)
        return IntegrityError(
            "the model is not what was signed: " + "; ".join(changes), value=folder, mend=_MEND
        )
    if "Key mismatch" in str(error):
        return IntegrityError(
            "the model was signed by another key",
            value=folder,
            allowed=f"models signed with the key whose public half is {public_key}",
            mend=_MEND,
        )
    return IntegrityError(
        f"{SIGNATURE_FILE} cannot be read as a signature: {error}", value=signature, mend=_MEND
    )


def _changes(folder: Path, signature: Path) -> list[str]:
    """What differs between the signed list of digests and the files that are there."""
    signed = signed_digests(signature)
    present = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != signature
    }
    changes = [
        f"{name} was changed"
        for name, path in present.items()
        if name in signed and digest_file(path) != signed[name]
    ]
    changes += [f"{name} is missing" for name in sorted(signed.keys() - present.keys())]
    changes += [f"{name} was added" for name in sorted(present.keys() - signed.keys())]
    return changes


def signed_digests(signature: Path) -> dict[str, str]:
    """The SHA-256 digest of each file that `signature` lists, by relative name.

    Reads the statement inside the bundle without checking who signed it: call `verify_folder` for
    that. Raises IntegrityError if the file is not such a bundle.
    """
    try:
        bundle = json.loads(signature.read_bytes())
        statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        resources = statement["predicate"]["resources"]
        return {each["name"]: each["digest"] for each in resources}
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise IntegrityError(
            f"{SIGNATURE_FILE} cannot be read as a signature: {error}", value=signature, mend=_MEND
        ) from error
