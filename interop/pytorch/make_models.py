"""Exports networks by torch.onnx, and writes inputs with PyTorch's own answers in FP32 and FP64."""

from __future__ import annotations

import argparse
import copy
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from networks import Inputs, Network, networks
from torch import Tensor

OPSET = 16


class ArrayWriter:
    """A file for each array, little-endian."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def write(self, array: np.ndarray) -> dict[str, Any]:
        file = self.folder / f"{self.count}.bin"
        self.count += 1
        file.write_bytes(np.ascontiguousarray(array).tobytes())
        return {"file": str(file), "type": str(array.dtype), "shape": list(array.shape)}


def as_floats(network: Network, inputs: Inputs, dtype: torch.dtype) -> Inputs:
    """What the network gets: pixels as fractions, everything but integers in the given precision."""
    if network.is_image:
        return tuple(value.to(dtype) / 255 for value in inputs)
    return tuple(value.to(dtype) if value.is_floating_point() else value for value in inputs)


def answers(module: torch.nn.Module, inputs: Inputs) -> list[Tensor]:
    with torch.no_grad():
        given = module(*inputs)
    return list(given) if isinstance(given, tuple) else [given]


def export(network: Network, file: Path) -> list[str]:
    """Gives the names of the outputs."""
    example = as_floats(network, network.inputs[-1], torch.float32)
    outputs = [f"y{i}" for i in range(len(answers(network.module, example)))]
    # Which output axes vary follows from the inputs; their names would be guesses.
    axes = {**network.axes, **{name: {0: "batch"} for name in outputs}}
    torch.onnx.export(
        network.module,
        example,
        str(file),
        opset_version=OPSET,
        input_names=list(network.axes),
        output_names=outputs,
        dynamic_axes=axes,
    )
    return outputs


def described(network: Network, folder: Path, writer: ArrayWriter) -> dict[str, Any]:
    file = folder / f"{network.name}.onnx"
    # Without gradients PyTorch takes one fused operation for a whole encoder layer, which has no export.
    outputs = export(network, file)
    exact = copy.deepcopy(network.module).double()
    cases = []
    for inputs in network.inputs:
        fp32 = answers(network.module, as_floats(network, inputs, torch.float32))
        fp64 = answers(exact, as_floats(network, inputs, torch.float64))
        cases.append(
            {
                "inputs": {name: writer.write(x.numpy()) for name, x in zip(network.axes, inputs)},
                "fp32": {name: writer.write(y.numpy()) for name, y in zip(outputs, fp32)},
                "fp64": {name: writer.write(y.numpy()) for name, y in zip(outputs, fp64)},
            }
        )
    return {"name": network.name, "file": str(file), "isImage": network.is_image, "cases": cases}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    writer = ArrayWriter(options.folder)
    models = [described(network, options.folder, writer) for network in networks()]
    index = {"torch": torch.__version__, "models": models}
    (options.folder / "models.json").write_text(json.dumps(index), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
