"""Runs the operators of the image and volume models in float64, written for clarity.

Only numpy computes; the onnx package does nothing but read the file.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any, Mapping

import numpy as np
import onnx
from onnx import numpy_helper


def run_graph(model: Path, source: np.ndarray) -> np.ndarray:
    """The one output of the graph for its one input."""
    graph = onnx.load(str(model)).graph
    values: dict[str, np.ndarray | None] = {"": None}
    for tensor in graph.initializer:
        value = numpy_helper.to_array(tensor)
        values[tensor.name] = value if value.dtype == np.int64 else value.astype(np.float64)
    values[graph.input[0].name] = source.astype(np.float64)
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        arguments = [values[name] for name in node.input]
        values[node.output[0]] = run_node(node.op_type, arguments, attributes)
    return values[graph.output[0].name]


def run_node(operator: str, arguments: list[Any], attributes: Mapping[str, Any]) -> np.ndarray:
    first, *rest = arguments
    if operator == "Conv":
        return convolution(first, *rest, attributes["strides"], attributes["pads"])
    if operator == "Relu":
        return np.maximum(first, 0)
    if operator == "Sigmoid":
        return 1 / (1 + np.exp(-first))
    if operator == "Softmax":
        axis = attributes["axis"]
        grown = np.exp(first - first.max(axis=axis, keepdims=True))
        return grown / grown.sum(axis=axis, keepdims=True)
    if operator == "Concat":
        return np.concatenate(arguments, axis=attributes["axis"])
    if operator == "GlobalAveragePool":
        return first.mean(axis=tuple(range(2, first.ndim)), keepdims=True)
    if operator == "Flatten":
        return first.reshape(len(first), -1)
    if operator == "Gemm" and attributes == {"transB": 1}:
        weight, bias = rest
        return first @ weight.T + bias
    if operator == "Shape":
        return np.array(first.shape)
    if operator == "Slice":
        return sliced(first, *rest)
    if operator == "Resize" and attributes["mode"] == b"nearest":
        # Asymmetric coordinates rounded down with a whole scale: each sample that many times.
        for axis, scale in enumerate(rest[1]):
            first = np.repeat(first, int(scale), axis=axis)
        return first
    raise ValueError(f"unexpected operator {operator} with {attributes}")


def convolution(
    source: np.ndarray, weight: np.ndarray, bias: np.ndarray, strides: list[int], pads: list[int]
) -> np.ndarray:
    """[batch, in, ...] with [out, in, kernel ...] to [batch, out, ...], kernel place by place."""
    dimensions = len(strides)
    around = [(pads[k], pads[k + dimensions]) for k in range(dimensions)]
    padded = np.pad(source, [(0, 0), (0, 0), *around])
    kernel = weight.shape[2:]
    extents = [
        (padded.shape[2 + k] - kernel[k]) // strides[k] + 1 for k in range(dimensions)
    ]
    total = np.zeros((len(source), len(weight), *extents))
    for place in product(*(range(extent) for extent in kernel)):
        window = tuple(
            slice(place[k], place[k] + (extents[k] - 1) * strides[k] + 1, strides[k])
            for k in range(dimensions)
        )
        seen = padded[(slice(None), slice(None), *window)]
        part = np.tensordot(weight[(slice(None), slice(None), *place)], seen, axes=(1, 1))
        total += np.moveaxis(part, 0, 1)
    return total + bias.reshape(1, -1, *[1] * dimensions)


def sliced(
    source: np.ndarray, starts: np.ndarray, ends: np.ndarray, axes: np.ndarray | None = None
) -> np.ndarray:
    index = [slice(None)] * source.ndim
    for k, axis in enumerate(range(len(starts)) if axes is None else axes):
        index[axis] = slice(int(starts[k]), int(ends[k]))
    return source[tuple(index)]
