"""The classifier: four convolutions, two of them strided, and an average over the picture.

The average leaves out where something was found. With 28 x 28 pixels and a few thousand
pictures, dense layers over places would rather learn how children were positioned.
"""

from __future__ import annotations

import torch
from torch import nn

SIDE = 28
# (output channels, stride); kernels are 3 x 3, padding 1.
CONVOLUTIONS = ((16, 1), (32, 2), (48, 1), (64, 2))
DROPOUT = 0.3


class XrayNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList()
        channels = 1
        for out, stride in CONVOLUTIONS:
            self.convolutions.append(nn.Conv2d(channels, out, 3, stride, 1))
            channels = out
        self.dropout = nn.Dropout(DROPOUT)
        self.dense = nn.Linear(channels, 2)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """[picture, 1, 28, 28], grey from 0 to 1, to the logits of normal and pneumonia."""
        for convolution in self.convolutions:
            image = torch.relu(convolution(image))
        return self.dense(self.dropout(image.mean(dim=(2, 3))))
