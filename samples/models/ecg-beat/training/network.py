"""The classifier: four strided convolutions and two small dense layers.

There is no normalisation layer and no pooling: strides shrink the signal, and the
dense layers keep each position apart, because the time of the previous beat matters.
"""

from __future__ import annotations

import torch
from torch import nn

from windows import LENGTH

# (output channels, kernel, stride); padding is half the kernel.
CONVOLUTIONS = ((16, 15, 4), (24, 9, 2), (32, 9, 2), (16, 5, 2))
HIDDEN = 32
DROPOUT = 0.4


class BeatNetwork(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels, length = 1, LENGTH
        for out, kernel, stride in CONVOLUTIONS:
            layers += [nn.Conv1d(channels, out, kernel, stride, kernel // 2), nn.ReLU()]
            channels, length = out, (length + 2 * (kernel // 2) - kernel) // stride + 1
        self.convolutions = nn.Sequential(*layers)
        self.dense = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(DROPOUT),
            nn.Linear(channels * length, HIDDEN),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, classes),
        )

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        """[beat, 1, sample] to one logit for each class."""
        return self.dense(self.convolutions(signal))
