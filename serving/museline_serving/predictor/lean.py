"""A quicker import of KServe.

`import kserve` brings the client for clusters, and with it the Kubernetes library, although a
server needs neither (about 1.5 of its 3.5 s). Here the package starts empty and runs its own
`__init__` only when somebody asks it for a name that it does not have yet.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _LazyPackage(ModuleType):
    def __getattr__(self, name: str) -> Any:
        module = f"{self.__name__}.{name}"
        if name.startswith("__") or module in sys.modules or importlib.util.find_spec(module):
            raise AttributeError(name)  # `from package import submodule` imports it then
        spec: ModuleSpec = self.__dict__["__spec__"]
        self.__class__ = ModuleType  # type: ignore[assignment]
        assert spec.loader is not None
        spec.loader.exec_module(self)
        return getattr(self, name)


def import_lazily(package: str) -> None:
    """Let `package` be imported without its `__init__`; nothing if it is imported already."""
    if package in sys.modules:
        return
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return  # the import that follows says what is missing
    module = _LazyPackage(package)
    module.__spec__, module.__file__ = spec, spec.origin
    module.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = module
