"""A perceptron that sees each pixel with its eight neighbours, written as convolutions."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from graph_writer import GraphWriter

HIDDEN = 16


class PixelNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.Conv2d(3, HIDDEN, 3, padding=1), nn.Conv2d(HIDDEN, HIDDEN, 1), nn.Conv2d(HIDDEN, 1, 1)]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[picture, 3, height, width] from 0 to 1, to one logit a pixel."""
        first, second, last = self.layers
        # Colours around their middle: what stands beyond the edges is then grey and not black.
        return last(torch.relu(second(torch.relu(first(x - 0.5)))))


def write_graph(network: PixelNetwork, path: Path) -> None:
    """Expects colours around their middle, -0.5 to 0.5: a step of the manifest takes it off."""
    graph = GraphWriter("tissue_pixels", "image", ["batch", 3, "height", "width"])
    last = "image"
    for k, layer in enumerate(network.layers):
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        last = graph.convolution(last, f"layer{k}", weight, bias)
        if k + 1 < len(network.layers):
            last = graph.relu(last)
    graph.node("Sigmoid", [last], "probability")
    graph.write(path, "probability", ["batch", 1, "height", "width"])
