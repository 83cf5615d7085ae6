"""Fits one network to pictures and their labels."""

from __future__ import annotations

from typing import Iterator

import numpy as np
import torch
from torch import nn

from fitting_loop import Batch, Report, fit_to_batches, seeded
from network import XrayNetwork

EPOCHS = 14
BATCH = 64
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-3

# How far a training picture is disturbed. X-rays differ in exposure from room to room, so
# brightness alone must not decide.
LARGEST_SHIFT = 2  # pixels
LARGEST_CONTRAST = 0.3
LARGEST_BRIGHTNESS = 0.15
LARGEST_NOISE = 0.02


def fit(images: np.ndarray, label: np.ndarray, seed: int, report: Report) -> XrayNetwork:
    generator = seeded(seed)
    steps_of_epoch = -(-len(label) // BATCH)
    network = XrayNetwork()
    # Three in four pictures show pneumonia: both kinds count alike.
    shares = np.bincount(label) / len(label)
    cross_entropy = nn.CrossEntropyLoss(torch.tensor(0.5 / shares, dtype=torch.float32))
    return fit_to_batches(
        network,
        shuffled(images, label, generator),
        lambda network, seen, target: cross_entropy(network(seen), target),
        steps=EPOCHS * steps_of_epoch,
        learning_rate=LEARNING_RATE,
        weight_decay=WEIGHT_DECAY,
        report_every=3 * steps_of_epoch,
        report=report,
    )


def shuffled(
    images: np.ndarray, label: np.ndarray, generator: np.random.Generator
) -> Iterator[Batch]:
    """Every picture once in each epoch, in another order."""
    for _ in range(EPOCHS):
        order = generator.permutation(len(label))
        for start in range(0, len(label), BATCH):
            batch = order[start : start + BATCH]
            yield disturbed(images[batch], generator), torch.from_numpy(label[batch])


def disturbed(images: np.ndarray, generator: np.random.Generator) -> torch.Tensor:
    """Moved, brighter or darker, with more or less contrast. Not mirrored: the heart is left."""
    count, side = len(images), images.shape[1]
    wide = np.pad(images, ((0, 0), *[(LARGEST_SHIFT, LARGEST_SHIFT)] * 2), mode="edge")
    moved = np.empty_like(images)
    for k, (down, right) in enumerate(generator.integers(0, 2 * LARGEST_SHIFT + 1, (count, 2))):
        moved[k] = wide[k, down : down + side, right : right + side]
    contrast = generator.uniform(1 - LARGEST_CONTRAST, 1 + LARGEST_CONTRAST, (count, 1, 1))
    bright = generator.uniform(-LARGEST_BRIGHTNESS, LARGEST_BRIGHTNESS, (count, 1, 1))
    noise = generator.standard_normal(images.shape) * LARGEST_NOISE
    changed = np.clip((moved - 0.5) * contrast + 0.5 + bright + noise, 0, 1)
    return torch.from_numpy(changed[:, None].astype(np.float32))


def log_odds(network: XrayNetwork, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        values = network(torch.from_numpy(images[:, None].astype(np.float32)))
    return (values[:, 1] - values[:, 0]).numpy().astype(np.float64)
