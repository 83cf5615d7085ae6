"""Trains a small network on drawn pictures and exports it: bright-spot.onnx, a PNG, and PyTorch's answer in float64."""

import base64
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

SIDE = 32


def draw(has_spot: bool, random: np.random.Generator) -> np.ndarray:
    """A noisy grey picture, with or without a bright spot somewhere."""
    picture = random.normal(90, 12, (SIDE, SIDE))
    if has_spot:
        row, column = random.integers(6, SIDE - 6, 2)
        rows, columns = np.mgrid[:SIDE, :SIDE]
        picture += 110 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8)
    return picture.clip(0, 255).astype(np.uint8)


def png(picture: np.ndarray) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", picture.shape[1], picture.shape[0], 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


torch.manual_seed(1)
random = np.random.default_rng(1)
labels = torch.tensor([at % 2 for at in range(512)])
pictures = np.stack([draw(bool(label), random) for label in labels])
# What the manifest will say of the input: fractions of 255, channel first.
images = torch.from_numpy(pictures / 255.0).float()[:, None]

network = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
    nn.Linear(16, 2), nn.Softmax(dim=1),
)  # fmt: skip
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
for _ in range(60):
    optimizer.zero_grad()
    loss = nn.functional.nll_loss(torch.log(network(images[:384])), labels[:384])
    loss.backward()
    optimizer.step()

# In evaluation mode: dropout and batch normalisation of training cannot be told from the file.
network.eval()
with torch.no_grad():
    right = (network(images[384:]).argmax(1) == labels[384:]).float().mean()
print(f"accuracy on pictures that it was not trained on: {right:.3f} of 128")
torch.onnx.export(
    network,
    # Two items: a trace keeps sizes of its example, and 1 is easily taken for fixed.
    images[:2],
    "bright-spot.onnx",
    input_names=["image"],
    output_names=["probabilities"],
    dynamic_axes={"image": {0: "batch"}, "probabilities": {0: "batch"}},
    opset_version=16,
)

sample = png(pictures[-1])
Path("spot.png").write_bytes(sample)
with torch.no_grad():
    answer = network.double()(torch.from_numpy(pictures[-1:] / 255.0)[:, None])[0]
about = {"png": base64.b64encode(sample).decode(), "probabilities": answer.tolist()}
Path("answers.json").write_text(json.dumps(about, indent=2))
