"""Files: atomic writes, digests, a home's folders, artifacts by content, URIs by fsspec."""

from museline.storage.artifacts import Artifact, ArtifactStore
from museline.storage.atomic import link_file, staged_folder, write_bytes, write_text
from museline.storage.digests import digest_file, digest_folder, digest_json
from museline.storage.home import Home, home_lock
from museline.storage.space import storage_errors
from museline.storage.uris import fetch_uri

__all__ = [
    "Artifact",
    "ArtifactStore",
    "Home",
    "digest_file",
    "digest_folder",
    "digest_json",
    "fetch_uri",
    "home_lock",
    "link_file",
    "staged_folder",
    "storage_errors",
    "write_bytes",
    "write_text",
]
