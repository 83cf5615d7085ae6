"""Fits the U-Net to patches of the photographs."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from chasedb1 import Eye
from fitting_loop import Batch, Report, fit_to_batches, seeded
from unet import UNet

WIDTHS = (8, 16, 32)
PATCH = 128  # pixels at half size
BATCH = 8
STEPS = 700
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-4

# How far the colours of a patch are disturbed: cameras and retinas differ more than vessels do.
LARGEST_GAIN = 0.35
LARGEST_OFFSET = 0.08
LARGEST_GAMMA = 0.3


def fit(eyes: list[Eye], seed: int, report: Report) -> UNet:
    generator = seeded(seed)
    return fit_to_batches(
        UNet(2, 3, WIDTHS, 1),
        (drawn_patches(eyes, generator) for _ in range(STEPS)),
        lambda network, picture, share: overlap_and_entropy(network(picture)[:, 0], share),
        steps=STEPS,
        learning_rate=LEARNING_RATE,
        weight_decay=WEIGHT_DECAY,
        report_every=100,
        report=report,
    )


def overlap_and_entropy(logits: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Cross-entropy tells each pixel; the overlap keeps few vessel pixels from being given up."""
    probability = torch.sigmoid(logits)
    overlap = 2 * (probability * share).sum() / (probability.sum() + share.sum() + 1)
    return nn.functional.binary_cross_entropy_with_logits(logits, share) + (1 - overlap)


def drawn_patches(
    eyes: list[Eye], generator: np.random.Generator
) -> Batch:
    pictures, shares = [], []
    for _ in range(BATCH):
        eye = eyes[generator.integers(len(eyes))]
        height, width = eye.share.shape
        top = generator.integers(0, height - PATCH + 1)
        left = generator.integers(0, width - PATCH + 1)
        window = (slice(top, top + PATCH), slice(left, left + PATCH))
        picture, share = eye.picture[(slice(None), *window)], eye.share[window]
        turns = int(generator.integers(4))
        picture, share = np.rot90(picture, turns, (1, 2)), np.rot90(share, turns)
        if generator.integers(2):
            picture, share = picture[:, :, ::-1], share[:, ::-1]
        pictures.append(recoloured(picture, generator))
        shares.append(share)
    return (
        torch.from_numpy(np.stack(pictures).astype(np.float32)),
        torch.from_numpy(np.ascontiguousarray(np.stack(shares))),
    )


def recoloured(picture: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    shape = (3, 1, 1)
    # Most of the change is common to the three colours, as light is.
    gain = 1 + generator.uniform(-LARGEST_GAIN, LARGEST_GAIN) + generator.uniform(-0.1, 0.1, shape)
    offset = generator.uniform(-LARGEST_OFFSET, LARGEST_OFFSET, shape)
    gamma = np.exp(generator.uniform(-LARGEST_GAMMA, LARGEST_GAMMA))
    return np.clip(picture**gamma * gain + offset, 0, 1)


def probabilities(network: UNet, eye: Eye) -> np.ndarray:
    """[height, width] at half size, of the whole photograph at once."""
    with torch.no_grad():
        return torch.sigmoid(network(torch.from_numpy(eye.picture[None])))[0, 0].numpy()
