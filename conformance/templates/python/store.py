"""The versions that are served: their states, and what runs of each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deephealth.runtime.v1 import model_pb2
from models import MODELS, Model
from packages import Package, read_package
from refusal import Refusal, not_found, precondition


class Version:
    """One version of one model. The store's lock guards what changes."""

    def __init__(self, name: str, version: str, folder: Path) -> None:
        self.name = name
        self.version = version
        self.folder = folder
        self.model: Model = MODELS[name]
        self.state = model_pb2.MODEL_STATE_DISCOVERED
        self.package: Package | None = None
        self.refused: Refusal | None = None
        self.running = 0

    def summary(self) -> model_pb2.ModelSummary:
        summary = model_pb2.ModelSummary(name=self.name, version=self.version, state=self.state, is_default=True)
        if self.package is not None:
            summary.title = self.package.manifest["title"]
            summary.package_sha256 = self.package.sha256
        if self.refused is not None:
            summary.state_reason.reason = self.refused.reason
            summary.state_reason.message = self.refused.message
        return summary


class Store:
    def __init__(self, folder: Path) -> None:
        self.changed = threading.Condition()
        # Counts changes, so that whoever watches sees that there was one.
        self.changes = 0
        self.versions = [
            Version(path.parent.name, path.name, path)
            for path in sorted(folder.glob("*/*"))
            if path.parent.name in MODELS
        ]
        for version in self.versions:
            self.verify(version)

    def find(self, name: str, version: str = "") -> Version:
        named = [one for one in self.versions if one.name == name]
        if not named:
            raise not_found("MODEL_NOT_FOUND", "No model of this name is in the store.")
        found = [one for one in named if version in ("", one.version)]
        if not found:
            raise not_found("MODEL_VERSION_NOT_FOUND", "The model has no such version.")
        return found[-1]

    def verify(self, version: Version) -> None:
        """Reads the package again; READY if all is as stated, else refused with the reason."""
        try:
            package, refused = read_package(version.folder), None
        except Refusal as reason:
            package, refused = version.package, reason
        with self.changed:
            version.package, version.refused = package, refused
            state = model_pb2.MODEL_STATE_READY if refused is None else model_pb2.MODEL_STATE_QUARANTINED
            self._enter(version, state)

    def load(self, version: Version) -> None:
        self.verify(version)
        if version.refused is not None:
            raise version.refused

    def unload(self, version: Version) -> None:
        """Takes no new work, and lets what runs finish."""
        with self.changed:
            self._enter(version, model_pb2.MODEL_STATE_DRAINING)
            self.changed.wait_for(lambda: version.running == 0)
            self._enter(version, model_pb2.MODEL_STATE_UNLOADED)

    @contextmanager
    def running(self, version: Version) -> Iterator[Package]:
        """While a request runs, its version is not unloaded under it."""
        with self.changed:
            if version.state == model_pb2.MODEL_STATE_QUARANTINED:
                raise precondition("MODEL_QUARANTINED", "The version was refused; ListModels says why.")
            if version.state != model_pb2.MODEL_STATE_READY or version.package is None:
                raise precondition("MODEL_UNLOADED", "The version was unloaded. Load it first.")
            version.running += 1
            package = version.package
        try:
            yield package
        finally:
            with self.changed:
                version.running -= 1
                self.changed.notify_all()

    def _enter(self, version: Version, state: int) -> None:
        version.state = state
        self.changes += 1
        self.changed.notify_all()
