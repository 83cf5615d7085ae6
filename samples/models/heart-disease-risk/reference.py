"""The heart-disease risk model in float64, written for clarity and not for speed.

Golden values come from here and never from the inference engine that they check. Only
numpy computes; the onnx package does nothing but read the weights from the file.

    /usr/bin/python3 reference.py 1.0.0 ../../inputs/heart-disease-risk/low-risk.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Mapping

import numpy as np
import onnx
from onnx import numpy_helper

Column = Mapping[str, Any]
Row = Mapping[str, float | bool | str | None]


def predict(manifest: Mapping[str, Any], model: Path, row: Row) -> np.ndarray:
    """The tensor `probability`, [1, 1], of one patient."""
    return run_graph(model, run_steps(manifest["inputs"][0], row))


def run_steps(table: Mapping[str, Any], row: Row) -> np.ndarray:
    columns = {column["name"]: column for column in table["columns"]}
    to_features, *rest = table["steps"]
    vector = np.array(
        [feature(columns[entry["column"]], entry, row) for entry in to_features["features"]]
    )
    for step in rest:
        if step["op"] != "standardize":
            raise ValueError(f"unexpected step {step['op']}")
        vector = (vector - np.array(step["mean"])) / np.array(step["std"])
    return vector.reshape(1, -1)


def feature(column: Column, entry: Mapping[str, str], row: Row) -> float:
    value = row[column["name"]]
    if value is None:
        value = column["missing"]["impute"]
    if "equals" in entry:
        return float(value == entry["equals"])
    # A number enters the platform as float32; from there on everything is float64.
    return float(np.float32(value))


def run_graph(model: Path, features: np.ndarray) -> np.ndarray:
    graph = onnx.load(str(model)).graph
    values = {
        tensor.name: numpy_helper.to_array(tensor).astype(np.float64)
        for tensor in graph.initializer
    }
    values[graph.input[0].name] = features
    for node in graph.node:
        arguments = [values[name] for name in node.input]
        if node.op_type == "Gemm":
            left, right, bias = arguments
            values[node.output[0]] = left @ right + bias
        elif node.op_type == "Sigmoid":
            values[node.output[0]] = 1 / (1 + np.exp(-arguments[0]))
        else:
            raise ValueError(f"unexpected operator {node.op_type}")
    return values[graph.output[0].name]


def read_row(path: Path) -> dict[str, float | bool | str | None]:
    """A sample input file: each column with its value, null where it is missing."""
    return {name: entry["value"] for name, entry in json.loads(path.read_text()).items()}


if __name__ == "__main__":
    package = Path(sys.argv[1])
    result = predict(
        json.loads((package / "model.json").read_text()),
        package / "model.onnx",
        read_row(Path(sys.argv[2])),
    )
    print(repr(float(result[0, 0])))
