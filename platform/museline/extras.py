"""Says which extra to install when a library is missing."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from types import ModuleType

from museline.errors import MissingExtraError

EXTRA_OF = {
    "kfp": "pipelines",
    "great_expectations": "pipelines",
    "feast": "pipelines",
    "mlflow": "pipelines",
    "model_signing": "pipelines",
    "OpenSSL": "pipelines",
    "duckdb": "pipelines",
    "ftfy": "pipelines",
    "datasketch": "pipelines",
    "phonenumbers": "pipelines",
    "stdnum": "pipelines",
    "jinja2": "pipelines",
    "matplotlib": "pipelines",
    "numpy": "pipelines",
    "pandas": "pipelines",
    "pyarrow": "pipelines",
    "scipy": "pipelines",
    "sklearn": "pipelines",
    "statsmodels": "pipelines",
    "PIL": "pipelines",
    "ray": "train",
    "safetensors": "train",
    "tokenizers": "train",
    "torch": "train",
    "transformers": "train",
    "kserve": "serve",
    "fastapi": "serve",
    "starlette": "serve",
    "uvicorn": "serve",
    "envoy": "serve",
    "pulumi": "iac",
}
"""The extra that brings each heavy library (its import name)."""


def missing_extra(library: str, needed_for: str) -> MissingExtraError:
    """The error for `library` (an import name) that `needed_for` (a phrase) asks for."""
    top = library.split(".", maxsplit=1)[0]
    extra = EXTRA_OF.get(top, "all")
    return MissingExtraError(
        f"{needed_for} needs the library {top}, which is not installed",
        mend=f"pip install 'museline[{extra}]'",
    )


def need(libraries: Iterable[str], needed_for: str) -> None:
    """Look for `libraries` (import names) without importing them.

    Raises MissingExtraError, which names all extras to install, if some are not there.
    """
    missing = [each for each in libraries if importlib.util.find_spec(each) is None]
    if not missing:
        return
    extras = sorted({EXTRA_OF.get(each, "all") for each in missing})
    many = len(missing) > 1
    raise MissingExtraError(
        f"{needed_for} needs the {'libraries' if many else 'library'} {', '.join(missing)}, "
        f"which {'are' if many else 'is'} not installed",
        mend=f"pip install 'museline[{','.join(extras)}]'",
    )


def require(library: str, needed_for: str) -> ModuleType:
    """Import `library` where it is used.

    Raises MissingExtraError, which names the extra to install, if it is not there.
    """
    try:
        return importlib.import_module(library)
    except ModuleNotFoundError as error:
        missing = (error.name or library).split(".", maxsplit=1)[0]
        if missing not in EXTRA_OF and missing != library.split(".", maxsplit=1)[0]:
            raise
        raise missing_extra(missing, needed_for) from error
