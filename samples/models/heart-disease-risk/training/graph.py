"""Writes the fitted logistic regression as a two-node ONNX graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from graph_writer import write_model


def write_graph(weights: np.ndarray, bias: float, path: Path) -> None:
    features = len(weights)
    graph = helper.make_graph(
        nodes=[
            helper.make_node("Gemm", ["features", "weight", "bias"], ["log_odds"], name="gemm"),
            helper.make_node("Sigmoid", ["log_odds"], ["probability"], name="sigmoid"),
        ],
        name="heart_disease_risk",
        inputs=[
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", features])
        ],
        outputs=[helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch", 1])],
        initializer=[
            numpy_helper.from_array(weights.astype(np.float32).reshape(features, 1), "weight"),
            numpy_helper.from_array(np.array([bias], dtype=np.float32), "bias"),
        ],
    )
    write_model(graph, path)
