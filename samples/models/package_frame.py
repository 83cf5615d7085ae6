"""What the packages of all samples have in common: the frame of the manifest, golden cases, the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Sequence

from package_files import file_sha256, write_package
from processing_chains import write_chains

Manifest = dict[str, Any]
SOURCE = "reference.py: float64 in numpy from the weights of model.onnx"


def trained_threshold(result: Path) -> float:
    """The threshold that training has chosen; `result` is the folder that it wrote."""
    return json.loads((result / "metrics.json").read_text())["threshold"]


def sample_manifest(
    name: str,
    version: str,
    result: Path,
    *,
    title: str,
    intended_use: str,
    limitations: Sequence[str],
    license: str,
    data: str,
    tensors: Mapping[str, Any],
    inputs: Sequence[Mapping[str, Any]],
    outputs: Sequence[Mapping[str, Any]],
) -> Manifest:
    """`data` names the data set, for the field `producer`."""
    return {
        "schemaVersion": 1,
        "name": name,
        "version": version,
        "title": title,
        "intendedUse": intended_use,
        "limitations": list(limitations),
        "license": license,
        "researchUseOnly": True,
        "producer": f"DeepHealth SDK samples; data: {data}",
        "onnx": {"file": "model.onnx", "sha256": file_sha256(result / "model.onnx")},
        "tensors": dict(tensors),
        "inputs": list(inputs),
        "outputs": list(outputs),
        "execution": {"providers": ["cpu"], "deterministic": True, "intraOpThreads": 1},
    }


def golden_case(
    case: str,
    description: str,
    inputs: Mapping[str, Any],
    tensor: str,
    shape: Sequence[int],
    values: Sequence[float],
    findings: Mapping[str, Any],
    profile: str = "strict",
) -> dict[str, Any]:
    """`values` are probabilities of the one tensor that the model gives, in reading order."""
    return {
        "schemaVersion": 1,
        "id": case,
        "description": description,
        "source": SOURCE,
        "profile": profile,
        "inputs": dict(inputs),
        "expected": {
            "tensors": {
                tensor: {"dataType": "FP32", "shape": list(shape), "values": list(values), "scale": 1}
            },
            "findings": dict(findings),
        },
    }


def decided(output: str, label: str) -> dict[str, Any]:
    """The finding of a classification that decides for one class."""
    return {output: {"decision": [label], "abstained": False}}


def write_sample(
    folder: Path,
    result: Path,
    manifest: Manifest,
    cases: Iterable[str],
    golden: Callable[[str, Manifest], Mapping[str, Any]],
) -> None:
    """Writes the package of a sample, with the golden case that `golden` makes of each name."""
    write_chains(folder.parent.name, folder)
    write_package(folder, result / "model.onnx", manifest, {case: golden(case, manifest) for case in cases})
