"""Writes the trained network, with its calibration folded in, as an ONNX graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from calibration import Calibration
from graph_writer import write_model
from network import CONVOLUTIONS, BeatNetwork
from windows import LENGTH


def write_graph(network: BeatNetwork, calibration: Calibration, path: Path) -> None:
    weights = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(value.astype(np.float32), name))
        return name

    last = "signal"
    for k, (_, kernel, stride) in enumerate(CONVOLUTIONS):
        # Even entries of the torch module are convolutions, odd ones their activations.
        weight = constant(f"conv{k}.weight", weights[f"convolutions.{2 * k}.weight"])
        bias = constant(f"conv{k}.bias", weights[f"convolutions.{2 * k}.bias"])
        nodes.append(
            helper.make_node(
                "Conv",
                [last, weight, bias],
                [f"conv{k}"],
                name=f"conv{k}",
                kernel_shape=[kernel],
                strides=[stride],
                pads=[kernel // 2, kernel // 2],
            )
        )
        last = f"relu{k}"
        nodes.append(helper.make_node("Relu", [f"conv{k}"], [last], name=last))

    nodes.append(helper.make_node("Flatten", [last], ["flat"], name="flatten", axis=1))
    hidden_weight = constant("hidden.weight", weights["dense.2.weight"])
    hidden_bias = constant("hidden.bias", weights["dense.2.bias"])
    out_weight, out_bias = calibrated_output(
        weights["dense.5.weight"], weights["dense.5.bias"], calibration
    )
    nodes += [
        helper.make_node(
            "Gemm", ["flat", hidden_weight, hidden_bias], ["hidden"], name="hidden", transB=1
        ),
        helper.make_node("Relu", ["hidden"], ["hidden_relu"], name="hidden_relu"),
        helper.make_node(
            "Gemm",
            ["hidden_relu", constant("out.weight", out_weight), constant("out.bias", out_bias)],
            ["logits"],
            name="out",
            transB=1,
        ),
        helper.make_node("Softmax", ["logits"], ["probabilities"], name="softmax", axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        name="ecg_beat",
        inputs=[helper.make_tensor_value_info("signal", TensorProto.FLOAT, ["batch", 1, LENGTH])],
        outputs=[
            helper.make_tensor_value_info(
                "probabilities", TensorProto.FLOAT, ["batch", len(out_bias)]
            )
        ],
        initializer=constants,
    )
    write_model(graph, path)


def calibrated_output(
    weight: np.ndarray, bias: np.ndarray, calibration: Calibration
) -> tuple[np.ndarray, np.ndarray]:
    """A softmax over two logits depends on their difference, so half of the offset goes to each."""
    offset = np.array([-calibration.offset / 2, calibration.offset / 2])
    return weight * calibration.scale, bias * calibration.scale + offset
