"""The ECG beat classifier in float64, written for clarity and not for speed.

Golden values come from here and never from the inference engine that they check. Only
numpy computes; the onnx package does nothing but read the weights from the file.

    /usr/bin/python3 reference.py 1.0.0 ../../inputs/ecg-beat/normal.csv
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Mapping

import numpy as np
import onnx
from onnx import numpy_helper


def predict(manifest: Mapping[str, Any], model: Path, millivolt: np.ndarray) -> np.ndarray:
    """The tensor `probabilities`, [1, classes], of one window of the one channel."""
    return run_graph(model, run_steps(manifest["inputs"][0], millivolt))


def run_steps(signal: Mapping[str, Any], millivolt: np.ndarray) -> np.ndarray:
    # Samples enter the platform as float32; from there on everything is float64.
    samples = np.float32(millivolt).astype(np.float64)
    for step in signal["steps"]:
        if step["op"] == "select_channels":
            samples = samples.reshape(1, 1, -1)
        elif step["op"] == "z_score":
            centred = samples - samples.mean()
            deviation = np.sqrt(np.mean(centred**2))
            samples = centred / max(deviation, step["epsilon"])
        else:
            raise ValueError(f"unexpected step {step['op']}")
    return samples


def run_graph(model: Path, signal: np.ndarray) -> np.ndarray:
    graph = onnx.load(str(model)).graph
    values = {
        tensor.name: numpy_helper.to_array(tensor).astype(np.float64)
        for tensor in graph.initializer
    }
    values[graph.input[0].name] = signal
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        arguments = [values[name] for name in node.input]
        values[node.output[0]] = run_node(node.op_type, arguments, attributes)
    return values[graph.output[0].name]


def run_node(
    operator: str, arguments: list[np.ndarray], attributes: Mapping[str, Any]
) -> np.ndarray:
    if operator == "Conv":
        return convolution(*arguments, attributes["strides"][0], attributes["pads"])
    if operator == "Relu":
        return np.maximum(arguments[0], 0)
    if operator == "Flatten":
        return arguments[0].reshape(len(arguments[0]), -1)
    if operator == "Gemm":
        left, right, bias = arguments
        return left @ right.T + bias
    if operator == "Softmax":
        grown = np.exp(arguments[0] - arguments[0].max(axis=1, keepdims=True))
        return grown / grown.sum(axis=1, keepdims=True)
    raise ValueError(f"unexpected operator {operator}")


def convolution(
    signal: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int, pads: list[int]
) -> np.ndarray:
    """[batch, in, samples] with [out, in, kernel] to [batch, out, positions]."""
    padded = np.pad(signal, ((0, 0), (0, 0), tuple(pads)))
    kernel = weight.shape[2]
    positions = (padded.shape[2] - kernel) // stride + 1
    result = np.empty((len(signal), len(weight), positions))
    for position in range(positions):
        start = position * stride
        piece = padded[:, :, start : start + kernel]
        result[:, :, position] = np.tensordot(piece, weight, axes=([1, 2], [1, 2])) + bias
    return result


def read_signal(path: Path) -> np.ndarray:
    """A sample input file: comment lines, then one sample a line."""
    return np.array(
        [float(line) for line in path.read_text().splitlines() if not line.startswith("#")]
    )


if __name__ == "__main__":
    package = Path(sys.argv[1])
    result = predict(
        json.loads((package / "model.json").read_text()),
        package / "model.onnx",
        read_signal(Path(sys.argv[2])),
    )
    print([float(value) for value in result[0]])
