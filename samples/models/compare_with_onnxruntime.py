"""Compares ONNX Runtime's float32 outputs with the float64 golden values of a package.

    python3 compare_with_onnxruntime.py heart-disease-risk/1.0.0 ecg-beat/1.0.0

Needs the Python packages onnxruntime, numpy and, for pictures, Pillow. Steps are computed as
docs/package-format.md defines them: each in float64 from float32 values, rounded once to float32.
Prints the largest error of each case in units of 2^-23 times the case's scale.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any, Mapping

import numpy as np
import onnxruntime

import image_steps
import volume_steps

EPSILON = 2.0**-23


def prepared(spec: Mapping[str, Any], sent: Mapping[str, Any]) -> np.ndarray:
    if spec["kind"] == "image":
        content = base64.b64decode(sent["image"]["base64"])
        return image_steps.run_steps(spec["steps"], content, rounded).astype(np.float32)
    if spec["kind"] == "volume":
        content = base64.b64decode(sent["volume"]["file"]["base64"])
        return volume_steps.run_steps(spec["steps"], content, rounded).astype(np.float32)
    first, *rest = spec["steps"]
    if spec["kind"] == "table":
        values = np.array([features(spec, first, sent["table"])], dtype=np.float32)
    else:
        values = np.array([sent["signal"]["samples"]], dtype=np.float32)
    for step in rest:
        exact = values.astype(np.float64)
        if step["op"] == "standardize":
            exact = (exact - np.array(step["mean"])) / np.array(step["std"])
        elif step["op"] == "z_score":
            std = exact.std(axis=-1, keepdims=True)
            exact = (exact - exact.mean(axis=-1, keepdims=True)) / np.maximum(std, step["epsilon"])
        else:
            raise ValueError(f"unexpected step {step['op']}")
        values = exact.astype(np.float32)
    return values


def rounded(values: np.ndarray) -> np.ndarray:
    """To what float32 can hold, as numbers of float64."""
    return values.astype(np.float32).astype(np.float64)


def features(
    spec: Mapping[str, Any], step: Mapping[str, Any], table: Mapping[str, Any]
) -> list[float]:
    columns = {column["name"]: column for column in spec["columns"]}
    row: list[float] = []
    for entry in step["features"]:
        ((kind, value), *_) = table[entry["column"]].items()
        if kind == "missing":
            value = columns[entry["column"]]["missing"]["impute"]
        row.append(float(value == entry["equals"]) if "equals" in entry else float(value))
    return row


def compare(package: Path) -> None:
    manifest = json.loads((package / "model.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(package / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    spec = manifest["inputs"][0]
    for path in sorted((package / "golden").glob("*.json")):
        case = json.loads(path.read_text())
        feed = {spec["feeds"]: prepared(spec, case["inputs"][spec["name"]])}
        for name, expected in case["expected"]["tensors"].items():
            (result,) = session.run([name], feed)
            wanted = np.array(expected["values"]).reshape(expected["shape"])
            if result.shape != wanted.shape:
                raise ValueError(f"{path.name}: shape {result.shape} instead of {wanted.shape}")
            error = np.abs(result.astype(np.float64) - wanted) / (EPSILON * expected["scale"])
            print(f"{manifest['name']} {case['id']}: {error.max():.3f}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        compare(Path(argument))
