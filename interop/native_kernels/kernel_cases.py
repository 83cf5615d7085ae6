"""Input and output of the kernels, as files say them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


class KernelCases:
    """The cases of a folder, each with its arrays by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.described: dict[str, list[dict[str, Any]]] = json.loads((folder / "cases.json").read_text())

    def of(self, kernel: str) -> list[dict[str, Any]]:
        cases = self.described[kernel]
        if not cases:
            raise ValueError(f"there is no case of {kernel}")
        return [{name: self._value(value) for name, value in case.items()} for case in cases]

    def _value(self, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        elements = np.frombuffer((self.folder / value["file"]).read_bytes(), dtype=np.dtype(value["type"]))
        return elements.reshape(value["shape"])
