"""Fits the U-Net to crops of one size, cut and disturbed at random."""

from __future__ import annotations

from typing import Sequence

import numpy as np
import torch
from torch import nn

from decathlon import STRUCTURES, Crop
from fitting_loop import Batch, Report, fit_to_batches, seeded
from unet import UNet

WIDTHS = (8, 16, 32)
PATCH = (36, 48, 36)
BATCH = 2
STEPS = 500
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-4

# How far intensities are disturbed, in standard deviations of the crop. Crops with a bright
# vessel or with more fluid have another mean and another deviation than the rest.
LARGEST_GAIN = 0.25
LARGEST_OFFSET = 0.3
LARGEST_NOISE = 0.1


def fit(crops: Sequence[Crop], seed: int, report: Report) -> UNet:
    generator = seeded(seed)
    return fit_to_batches(
        UNet(3, 1, WIDTHS, 1 + len(STRUCTURES)),
        (drawn_patches(crops, generator) for _ in range(STEPS)),
        lambda network, values, label: overlap_and_entropy(network(values), label),
        steps=STEPS,
        learning_rate=LEARNING_RATE,
        weight_decay=WEIGHT_DECAY,
        report_every=50,
        report=report,
    )


def overlap_and_entropy(logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    entropy = nn.functional.cross_entropy(logits, label)
    probability = torch.softmax(logits, dim=1)[:, 1:]
    truth = torch.stack([label == k + 1 for k in range(len(STRUCTURES))], dim=1).float()
    axes = (0, 2, 3, 4)
    both = (probability * truth).sum(axes)
    overlap = 2 * both / (probability.sum(axes) + truth.sum(axes) + 1)
    return entropy + (1 - overlap).mean()


def drawn_patches(
    crops: Sequence[Crop], generator: np.random.Generator
) -> Batch:
    values, labels = [], []
    for _ in range(BATCH):
        crop = crops[generator.integers(len(crops))]
        patch, label = cut_to_size(crop, generator)
        # Mirrored every second time: the crops show one side of the brain, readers have two.
        if generator.integers(2):
            patch, label = patch[::-1], label[::-1]
        gain = 1 + generator.uniform(-LARGEST_GAIN, LARGEST_GAIN)
        offset = generator.uniform(-LARGEST_OFFSET, LARGEST_OFFSET)
        noise = generator.standard_normal(patch.shape) * generator.uniform(0, LARGEST_NOISE)
        values.append((patch * gain + offset + noise)[None])
        labels.append(label)
    return (
        torch.from_numpy(np.stack(values).astype(np.float32)),
        torch.from_numpy(np.stack(labels)),
    )


def cut_to_size(crop: Crop, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """PATCH voxels from a random place; edges are repeated where the crop is smaller."""
    short = [(max(0, want - have), want) for want, have in zip(PATCH, crop.values.shape)]
    around = []
    for missing, _ in short:
        before = int(generator.integers(0, missing + 1))
        around.append((before, missing - before))
    values = np.pad(crop.values, around, mode="edge")
    label = np.pad(crop.label, around)
    starts = [int(generator.integers(0, have - want + 1)) for want, have in zip(PATCH, values.shape)]
    window = tuple(slice(start, start + want) for start, want in zip(starts, PATCH))
    return values[window], label[window]


def labels_of(network: UNet, values: np.ndarray) -> np.ndarray:
    """Label of every voxel of a whole crop."""
    with torch.no_grad():
        return network(torch.from_numpy(values[None, None]))[0].argmax(dim=0).numpy()
