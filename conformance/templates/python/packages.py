"""Model packages: folders <name>/<version>/ with model.json, the graph and SHA256SUMS."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from refusal import precondition


@dataclass(frozen=True)
class Package:
    manifest: dict
    manifest_json: str
    # SHA-256 of SHA256SUMS: names the package in every result.
    sha256: str
    onnx_sha256: str


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_package(folder: Path) -> Package:
    """Reads every file and holds it to its digest; what cannot be read is refused with a reason."""
    sums = read(folder, "SHA256SUMS")
    files = {}
    for line in sums.decode().splitlines():
        expected, name = line.split("  ", 1)
        files[name] = read(folder, name)
        if digest(files[name]) != expected:
            raise precondition("FILE_DIGEST_MISMATCH", f'"{name}" is not the file that SHA256SUMS states.')
    manifest = json.loads(files["model.json"])
    return Package(manifest, files["model.json"].decode(), digest(sums), manifest["onnx"]["sha256"])


def read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        # The error itself holds the path, which is nobody's business.
        raise precondition("PACKAGE_FILE_MISSING", f'"{name}" cannot be read.') from None
