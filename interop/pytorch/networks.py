"""Small networks of the kinds that medical models are made of, with seeded weights and inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

Inputs = tuple[Tensor, ...]

TRACE, PROGRAM = "trace", "program"


@dataclass(frozen=True)
class Network:
    """A module, the names of its inputs with those axes that may vary, and inputs of several sizes."""

    name: str
    module: nn.Module
    axes: dict[str, dict[int, str]]
    inputs: list[Inputs]
    # Pixels as an image file holds them; the network gets them as fractions of 255.
    is_image: bool = False
    # Ways of torch.onnx that can export it, from PyTorch 2.5 on: what ran, or the program that torch.export made.
    ways: tuple[str, ...] = (TRACE, PROGRAM)


class ConvolutionalClassifier(nn.Module):
    """Convolutions with batch normalisation, a residual, grouped and dilated ones, and pooling to one value."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.second = nn.Sequential(
            nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4, bias=False), nn.BatchNorm2d(8), nn.SiLU()
        )
        self.pool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(8, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.first(x))
        return self.head(x + self.second(x))


class PackedRecurrent(nn.Module):
    """Two layers in both directions over sequences of lengths of their own; logits of every step and of all."""

    def __init__(self, cell: type[nn.LSTM] | type[nn.GRU]) -> None:
        super().__init__()
        self.cell = cell(6, 10, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(20, 3)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=True)
        # Left to itself, torch.onnx writes a first state for as many sequences as the example has.
        start = x.new_zeros(4, x.shape[0], 10)
        steps, state = self.cell(packed, (start, start) if isinstance(self.cell, nn.LSTM) else start)
        hidden = state[0] if isinstance(state, tuple) else state
        padded, _ = pad_packed_sequence(steps, batch_first=True)
        return self.head(padded), torch.cat((hidden[-2], hidden[-1]), dim=1)


class SmallUnet(nn.Module):
    """Down twice, up twice: once with a transposed convolution, once bilinearly; skips are joined."""

    def __init__(self) -> None:
        super().__init__()

        def block(channels_in: int, channels_out: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 3, padding=1),
                nn.BatchNorm2d(channels_out),
                nn.LeakyReLU(0.1),
                nn.Conv2d(channels_out, channels_out, 3, padding=1),
                nn.InstanceNorm2d(channels_out, affine=True),
                nn.ELU(),
            )

        self.down = nn.ModuleList([block(1, 6), block(6, 12), block(12, 16)])
        self.pool = nn.MaxPool2d(2)
        self.transposed = nn.ConvTranspose2d(16, 12, 2, stride=2)
        self.bilinear = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.up = nn.ModuleList([block(24, 12), block(18, 6)])
        self.head = nn.Conv2d(6, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.down[0](x)
        second = self.down[1](self.pool(first))
        x = self.transposed(self.down[2](self.pool(second)))
        x = self.bilinear(self.up[0](torch.cat((x, second), dim=1)))
        return torch.softmax(self.head(self.up[1](torch.cat((x, first), dim=1))), dim=1)


class EncoderBlock(nn.Module):
    """Token ids to probabilities: embedding, learned places, one encoder layer that sees no padding, mean."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(40, 16, padding_idx=0)
        self.places = nn.Parameter(torch.randn(1, 64, 16))
        self.layer = nn.TransformerEncoderLayer(
            16, 4, dim_feedforward=32, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.head = nn.Linear(16, 4)

    def forward(self, ids: Tensor) -> Tensor:
        padding = ids == 0
        x = self.layer(self.tokens(ids) + self.places[:, : ids.shape[1]], src_key_padding_mask=padding)
        kept = (~padding).unsqueeze(-1).to(x.dtype)
        return torch.softmax(self.head((x * kept).sum(1) / kept.sum(1)), dim=1)


class VolumeSegmenter(nn.Module):
    """3-D convolutions with group normalisation, down and up by nearest, trilinear and transposed ones."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv3d(1, 6, 3, padding=1), nn.GroupNorm(3, 6), nn.PReLU(6))
        self.second = nn.Sequential(
            nn.Conv3d(6, 8, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1)), nn.BatchNorm3d(8), nn.Hardswish()
        )
        self.third = nn.Sequential(nn.AvgPool3d(2), nn.Conv3d(8, 8, 1), nn.Softplus())
        self.trilinear = nn.Upsample(scale_factor=2, mode="trilinear", align_corners=False)
        self.transposed = nn.ConvTranspose3d(8, 6, (1, 4, 4), stride=(1, 2, 2), padding=(0, 1, 1))
        self.head = nn.Conv3d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        second = self.second(first)
        second = second + self.trilinear(self.third(second))
        return torch.sigmoid(self.head(self.transposed(second) + first))


def randomize(module: nn.Module) -> nn.Module:
    """Statistics and scales of normalisations away from 0 and 1, where a mistake in them would not show."""
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.running_mean.normal_(0, 0.5)
            part.running_var.uniform_(0.5, 2)
        if isinstance(part, (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)):
            if part.weight is not None:
                nn.init.uniform_(part.weight, 0.5, 1.5)
                nn.init.normal_(part.bias, 0, 0.5)
    return module.eval()


def made(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(seed)
    return randomize(make())


def pixels(batch: int, channels: int, height: int, width: int) -> Tensor:
    return torch.randint(0, 256, (batch, channels, height, width)).to(torch.uint8)


def token_ids(*lengths: int) -> Tensor:
    rows = [torch.cat((torch.randint(1, 40, (n,)), torch.zeros(max(lengths) - n, dtype=torch.int64))) for n in lengths]
    return torch.stack(rows)


def networks() -> list[Network]:
    """Every network, with the first of its inputs as the golden case."""
    perceptron = made(
        1, lambda: nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 4), nn.Softmax(1))
    )
    recurrent_axes = {"x": {0: "batch", 1: "steps"}, "lengths": {0: "batch"}}

    def sequences(*lengths: int) -> Inputs:
        return torch.randn(len(lengths), max(lengths), 6), torch.tensor(lengths)

    torch.manual_seed(2)
    return [
        Network("mlp", perceptron, {"x": {0: "batch"}}, [(torch.randn(n, 12),) for n in (1, 7, 64)]),
        Network(
            "cnn-batch-norm",
            made(3, ConvolutionalClassifier),
            {"x": {0: "batch", 2: "height", 3: "width"}},
            [(pixels(1, 3, h, w),) for h, w in ((64, 64), (33, 70), (224, 224))],
            is_image=True,
        ),
        Network(
            "lstm",
            made(4, lambda: PackedRecurrent(nn.LSTM)),
            recurrent_axes,
            [sequences(9), sequences(30, 12, 1), sequences(200, 200)],
            # How many steps there are depends on values, which torch.export does not follow.
            ways=(TRACE,),
        ),
        Network(
            "gru",
            made(5, lambda: PackedRecurrent(nn.GRU)),
            recurrent_axes,
            [sequences(9), sequences(30, 12, 1), sequences(200, 200)],
            # How many steps there are depends on values, which torch.export does not follow.
            ways=(TRACE,),
        ),
        Network(
            "unet",
            made(6, SmallUnet),
            {"x": {0: "batch", 2: "height", 3: "width"}},
            [(torch.randn(n, 1, h, w),) for n, h, w in ((1, 16, 16), (2, 40, 24), (1, 128, 96))],
        ),
        Network(
            "transformer-encoder",
            made(7, EncoderBlock),
            {"ids": {0: "batch", 1: "tokens"}},
            [(token_ids(5),), (token_ids(20, 3, 11),), (token_ids(64, 1),)],
            # A trace of PyTorch 2 keeps the number of tokens of the example.
            ways=(PROGRAM,),
        ),
        Network(
            "conv3d",
            made(8, VolumeSegmenter),
            {"x": {0: "batch", 2: "depth", 3: "height", 4: "width"}},
            [(torch.randn(n, 1, d, h, w),) for n, d, h, w in ((1, 4, 8, 8), (2, 6, 12, 20), (1, 24, 32, 28))],
            # Nor extents that are halved and doubled again in several ways.
            ways=(TRACE,),
        ),
    ]
