"""A small U-Net for pictures and volumes of any extents, and its ONNX graph.

Strided convolutions halve the extents (odd ones are rounded up); on the way back samples
are doubled and cut to fit. Batch normalization serves training and is folded into the
convolutions of the graph, which then has no state and nothing that depends on other rows.
"""

from __future__ import annotations

from typing import Sequence

import numpy as np
import torch
from torch import nn

from graph_writer import GraphWriter


class Unit(nn.Module):
    """Convolution of 3 along each axis, batch normalization, ReLU."""

    def __init__(self, dimensions: int, source: int, out: int, stride: int = 1) -> None:
        super().__init__()
        convolution = nn.Conv2d if dimensions == 2 else nn.Conv3d
        normalization = nn.BatchNorm2d if dimensions == 2 else nn.BatchNorm3d
        self.stride = stride
        self.convolution = convolution(source, out, 3, stride, 1, bias=False)
        self.normalization = normalization(out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.normalization(self.convolution(x)))

    def folded(self) -> tuple[np.ndarray, np.ndarray]:
        """Weight and bias of the convolution that does what both layers do when evaluated."""
        norm = self.normalization
        scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        shape = [-1] + [1] * (self.convolution.weight.ndim - 1)
        weight = self.convolution.weight.double() * scale.reshape(shape)
        bias = norm.bias.double() - norm.running_mean.double() * scale
        return weight.detach().numpy(), bias.detach().numpy()


class UNet(nn.Module):
    def __init__(self, dimensions: int, source: int, widths: Sequence[int], classes: int) -> None:
        super().__init__()
        self.dimensions = dimensions
        self.down, self.level, self.back = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for k, width in enumerate(widths):
            if k > 0:
                self.down.append(Unit(dimensions, widths[k - 1], width, stride=2))
            first = source if k == 0 else width
            self.level.append(
                nn.Sequential(Unit(dimensions, first, width), Unit(dimensions, width, width))
            )
        for k in range(len(widths) - 1):
            joined = widths[k] + widths[k + 1]
            self.back.append(
                nn.Sequential(Unit(dimensions, joined, widths[k]), Unit(dimensions, widths[k], widths[k]))
            )
        last = nn.Conv2d if dimensions == 2 else nn.Conv3d
        self.last = last(widths[0], classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[batch, source, ...] to logits [batch, classes, ...]."""
        kept = [self.level[0](x)]
        for down, level in zip(self.down, list(self.level)[1:]):
            kept.append(level(down(kept[-1])))
        x = kept.pop()
        for skip, back in zip(reversed(kept), reversed(list(self.back))):
            twice = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
            cut = twice[(slice(None), slice(None), *(slice(extent) for extent in skip.shape[2:]))]
            x = back(torch.cat([skip, cut], dim=1))
        return self.last(x)

    def add_to(self, graph: GraphWriter, source: str) -> str:
        """Adds the evaluated network to a graph and names its logits."""

        def units(x: str, name: str, parts: Sequence[Unit]) -> str:
            for j, unit in enumerate(parts):
                x = graph.relu(graph.convolution(x, f"{name}.{j}", *unit.folded(), unit.stride))
            return x

        kept = [units(source, "level0", self.level[0])]
        for k, (down, level) in enumerate(zip(self.down, list(self.level)[1:]), 1):
            kept.append(units(units(kept[-1], f"down{k}", [down]), f"level{k}", level))
        x = kept.pop()
        for k in reversed(range(len(kept))):
            cut = graph.grown_to(x, kept[k], f"grown{k}", self.dimensions)
            joined = graph.node("Concat", [kept[k], cut], f"joined{k}", axis=1)
            x = units(joined, f"back{k}", self.back[k])
        weight, bias = (value.detach().numpy() for value in (self.last.weight, self.last.bias))
        return graph.convolution(x, "logits", weight, bias)
