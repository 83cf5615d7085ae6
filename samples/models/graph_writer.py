"""Writes small convolutional networks as ONNX graphs, node by node, in two or three dimensions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Extent = int | str
"""A number, or the name of an extent that may vary."""


class GraphWriter:
    """Each method adds one node, named after its output, and returns that name."""

    def __init__(self, name: str, source: str, shape: Sequence[Extent]) -> None:
        self.name = name
        self.inputs = [helper.make_tensor_value_info(source, TensorProto.FLOAT, list(shape))]
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        kept = value if value.dtype == np.int64 else value.astype(np.float32)
        self.constants.append(numpy_helper.from_array(kept, name))
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(
            helper.make_node(operator, list(inputs), [output], name=output, **attributes)
        )
        return output

    def convolution(
        self, source: str, output: str, weight: np.ndarray, bias: np.ndarray, stride: int = 1
    ) -> str:
        """Half the kernel is padded, so that with stride 1 the extents stay."""
        inputs = [
            source,
            self.constant(f"{output}.weight", weight),
            self.constant(f"{output}.bias", bias),
        ]
        kernel = list(weight.shape[2:])
        return self.node(
            "Conv",
            inputs,
            output,
            kernel_shape=kernel,
            strides=[stride] * len(kernel),
            pads=[extent // 2 for extent in kernel] * 2,
        )

    def relu(self, source: str) -> str:
        return self.node("Relu", [source], f"{source}.relu")

    def grown_to(self, source: str, pattern: str, output: str, dimensions: int) -> str:
        """Every sample twice along each axis, then cut to the extents of `pattern`.

        Halving rounds odd extents up, so that what comes back may be one sample longer.
        """
        scales = np.array([1.0, 1.0] + [2.0] * dimensions)
        axes = np.arange(2, 2 + dimensions, dtype=np.int64)
        twice = self.node(
            "Resize",
            [source, "", self.constant(f"{output}.scales", scales)],
            f"{output}.twice",
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        # Axes from 2 on, in whatever number: the extents are those of the pattern.
        extents = self.node("Shape", [pattern], f"{output}.shape")
        first = np.array([2], dtype=np.int64)
        last = np.array([2 + dimensions], dtype=np.int64)
        ends = self.node(
            "Slice",
            [extents, self.constant(f"{output}.first", first), self.constant(f"{output}.last", last)],
            f"{output}.ends",
        )
        starts = self.constant(f"{output}.starts", np.zeros(dimensions, dtype=np.int64))
        return self.node(
            "Slice", [twice, starts, ends, self.constant(f"{output}.axes", axes)], output
        )

    def write(self, path: Path, output: str, shape: Sequence[Extent]) -> None:
        graph = helper.make_graph(
            self.nodes,
            name=self.name,
            inputs=self.inputs,
            outputs=[helper.make_tensor_value_info(output, TensorProto.FLOAT, list(shape))],
            initializer=self.constants,
        )
        write_model(graph, path)


def write_model(graph: onnx.GraphProto, path: Path) -> None:
    """Checks the graph and writes it as the model of a sample."""
    model = helper.make_model(
        graph,
        producer_name="deephealth-samples",
        producer_version="1.0.0",
        opset_imports=[helper.make_opsetid("", 13)],
    )
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())
