"""Writes the trained network, with its calibration folded in, as an ONNX graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graph_writer import GraphWriter
from network import CONVOLUTIONS, SIDE, XrayNetwork


def write_graph(network: XrayNetwork, scale: float, offset: float, path: Path) -> None:
    weights = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    graph = GraphWriter("chest_xray_pneumonia", "image", ["batch", 1, SIDE, SIDE])
    last = "image"
    for k, (_, stride) in enumerate(CONVOLUTIONS):
        weight, bias = weights[f"convolutions.{k}.weight"], weights[f"convolutions.{k}.bias"]
        last = graph.relu(graph.convolution(last, f"conv{k}", weight, bias, stride))
    last = graph.node("GlobalAveragePool", [last], "average")
    last = graph.node("Flatten", [last], "flat", axis=1)
    # A softmax over two logits depends on their difference: half of the offset goes to each.
    weight = graph.constant("out.weight", weights["dense.weight"] * scale)
    shift = np.array([-offset / 2, offset / 2])
    bias = graph.constant("out.bias", weights["dense.bias"] * scale + shift)
    last = graph.node("Gemm", [last, weight, bias], "logits", transB=1)
    graph.node("Softmax", [last], "probabilities", axis=1)
    graph.write(path, "probabilities", ["batch", 2])
