"""Writes the files of a model package so that equal content gives equal bytes."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Mapping

LONGEST_LINE = 100


def write_package(
    folder: Path,
    model: Path,
    manifest: Mapping[str, Any],
    golden: Mapping[str, Mapping[str, Any]],
) -> None:
    """Everything but the model card, which is written by hand and must be there already."""
    if not (folder / "MODEL_CARD.md").exists():
        raise FileNotFoundError(f"{folder} has no MODEL_CARD.md")
    shutil.copyfile(model, folder / "model.onnx")
    write_json(folder / "model.json", manifest)
    cases = folder / "golden"
    shutil.rmtree(cases, ignore_errors=True)
    cases.mkdir()
    for name, case in golden.items():
        write_json(cases / f"{name}.json", case)
    write_checksums(folder)


def write_json(path: Path, content: object) -> None:
    path.write_text(readable(content) + "\n", encoding="utf-8", newline="\n")


def readable(content: object, indent: str = "") -> str:
    """JSON with short and purely numeric values on one line, the rest indented."""
    line = json.dumps(content, ensure_ascii=False)
    entries = content if isinstance(content, (dict, list)) else None
    if not entries or len(indent) + len(line) <= LONGEST_LINE or is_numbers(content):
        return line
    deeper = indent + "  "
    if isinstance(content, dict):
        parts = [
            f"{deeper}{json.dumps(key)}: {readable(value, deeper)}"
            for key, value in content.items()
        ]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    parts = [deeper + readable(value, deeper) for value in entries]
    return "[\n" + ",\n".join(parts) + f"\n{indent}]"


def is_numbers(content: object) -> bool:
    return isinstance(content, list) and all(isinstance(value, (int, float)) for value in content)


def write_checksums(folder: Path) -> None:
    """SHA256SUMS in the format of coreutils, sorted by the bytes of the path."""
    paths = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    lines = [
        f"{file_sha256(folder / path)}  {path}\n" for path in sorted(paths, key=str.encode)
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), newline="\n")


def file_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
