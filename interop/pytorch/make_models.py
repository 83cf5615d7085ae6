"""Exports networks by torch.onnx, and writes inputs with PyTorch's own answers in FP32 and FP64."""

from __future__ import annotations

import argparse
import copy
import inspect
import json
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from networks import PROGRAM, TRACE, Inputs, Network, networks
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


def exporters(network: Network) -> dict[str, dict[str, Any]]:
    """Options of torch.onnx.export by the way that it takes; before PyTorch 2.5 there is one for all networks."""
    # Which axes of outputs vary follows from the inputs.
    traced = {"dynamic_axes": network.axes, "opset_version": OPSET}
    if "dynamo" not in inspect.signature(torch.onnx.export).parameters:
        return {TRACE: traced}
    ways = {TRACE: {"dynamo": False, **traced}}
    # PyTorch makes files of programs with a package that it does not bring.
    if find_spec("onnxscript") is not None:
        shapes = tuple({axis: torch.export.Dim.DYNAMIC for axis in axes} for axes in network.axes.values())
        ways[PROGRAM] = {"dynamo": True, "dynamic_shapes": shapes}
    return {way: options for way, options in ways.items() if way in network.ways}


def export(network: Network, file: Path, outputs: list[str], options: dict[str, Any]) -> None:
    example = as_floats(network, network.inputs[-1], torch.float32)
    names = {"input_names": list(network.axes), "output_names": outputs}
    torch.onnx.export(network.module, example, str(file), **names, **options)


def described(network: Network, folder: Path, writer: ArrayWriter) -> list[dict[str, Any]]:
    """A model for each exporter, and the answers that they share."""
    exact = copy.deepcopy(network.module).double()
    cases = []
    for inputs in network.inputs:
        fp32 = answers(network.module, as_floats(network, inputs, torch.float32))
        fp64 = answers(exact, as_floats(network, inputs, torch.float64))
        outputs = [f"y{i}" for i in range(len(fp32))]
        cases.append(
            {
                "inputs": {name: writer.write(x.numpy()) for name, x in zip(network.axes, inputs)},
                "fp32": {name: writer.write(y.numpy()) for name, y in zip(outputs, fp32)},
                "fp64": {name: writer.write(y.numpy()) for name, y in zip(outputs, fp64)},
            }
        )
    models = []
    for way, options in exporters(network).items():
        file = folder / f"{network.name}-{way}.onnx"
        export(network, file, outputs, options)
        models.append({"name": file.stem, "file": str(file), "isImage": network.is_image, "cases": cases})
    return models


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    writer = ArrayWriter(options.folder)
    models = [model for network in networks() for model in described(network, options.folder, writer)]
    index = {"torch": torch.__version__, "models": models}
    (options.folder / "models.json").write_text(json.dumps(index), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
