"""Fits one network to the beats of some patients."""

from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np
import torch
from torch import nn

from fitting_loop import Report, seeded
from network import BeatNetwork
from windows import BEFORE, LENGTH, RATE_HZ, Windows, standardized

EPOCHS = 15
BATCH = 128
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-3

# Beats of one class and one patient that one epoch draws at most. Without a limit the
# thousands of alike normal beats of each patient, and the one patient with most ectopic
# beats, would make up nearly the whole training.
DRAWN_PER_PATIENT = 250

# How far a training window is disturbed.
LARGEST_SHIFT = 8  # samples
LARGEST_SPEED = 1.25
LARGEST_WANDER = 0.4  # mV
LARGEST_NOISE = 0.05  # mV

# Samples that the windows must hold on either side for a shifted and faster window.
MARGIN = int(BEFORE * (LARGEST_SPEED - 1)) + LARGEST_SHIFT + 2

# For each class of the network, the AAMI letters that belong to it. Beats of other
# letters are not trained on.
Classes = Sequence[str]


def fit(
    patients: Mapping[str, Windows], classes: Classes, seed: int, report: Report
) -> BeatNetwork:
    generator = seeded(seed)
    network = BeatNetwork(len(classes))
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    cross_entropy = nn.CrossEntropyLoss()
    network.train()
    for epoch in range(EPOCHS):
        signal, target = draw_epoch(patients, classes, generator)
        total = 0.0
        for start in range(0, len(target), BATCH):
            batch = slice(start, start + BATCH)
            optimizer.zero_grad()
            loss = cross_entropy(network(signal[batch]), target[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(target[batch])
        schedule.step()
        if epoch % 5 == 4:
            report(f"epoch {epoch + 1}: loss {total / len(target):.4f} on {len(target)} beats")
    return network.eval()


def draw_epoch(
    patients: Mapping[str, Windows], classes: Classes, generator: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    signals: list[np.ndarray] = []
    targets: list[np.ndarray] = []
    for windows in patients.values():
        for target, letters in enumerate(classes):
            found = np.flatnonzero(np.isin(windows.label, list(letters)))
            count = min(len(found), DRAWN_PER_PATIENT)
            pick = generator.choice(found, count, replace=False) if count else found
            signals.append(disturbed(windows.signal[pick], windows.margin, generator))
            targets.append(np.full(count, target))
    signal, target = np.concatenate(signals), np.concatenate(targets)
    order = generator.permutation(len(target))
    prepared = standardized(signal[order]).astype(np.float32)
    return torch.from_numpy(prepared[:, None, :]), torch.from_numpy(target[order])


def disturbed(signal: np.ndarray, margin: int, generator: np.random.Generator) -> np.ndarray:
    """Windows as they might have come from other patients.

    Another speed teaches the network to judge an early beat by the patient's own rhythm,
    not by the heart rates of the few training patients. Turning half of the windows upside
    down does the same for shape: patients differ in which way their normal beats point, so
    what counts is how a beat differs from the one before it.
    """
    count = len(signal)
    shift = generator.integers(-LARGEST_SHIFT, LARGEST_SHIFT + 1, (count, 1))
    speed = generator.uniform(1 / LARGEST_SPEED, LARGEST_SPEED, (count, 1))
    peak = margin + BEFORE + shift
    moved = interpolated(signal, peak + (np.arange(LENGTH) - BEFORE) * speed)
    turned = moved * generator.choice([-1.0, 1.0], (count, 1))
    seconds = np.arange(LENGTH) / RATE_HZ
    hertz = generator.uniform(0.05, 0.6, (count, 1))
    phase = generator.uniform(0.0, 2 * np.pi, (count, 1))
    wander = np.sin(2 * np.pi * hertz * seconds + phase)
    wander *= generator.uniform(0.0, LARGEST_WANDER, (count, 1))
    noise = generator.standard_normal((count, LENGTH))
    noise *= generator.uniform(0.0, LARGEST_NOISE, (count, 1))
    return turned + wander + noise


def interpolated(signal: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Linear interpolation of each row at its own fractional positions."""
    left = position.astype(np.int64)
    weight = position - left
    before = np.take_along_axis(signal, left, axis=1)
    after = np.take_along_axis(signal, left + 1, axis=1)
    return before * (1 - weight) + after * weight


def logits(network: BeatNetwork, signal: np.ndarray) -> np.ndarray:
    prepared = torch.from_numpy(standardized(signal).astype(np.float32)[:, None, :])
    with torch.no_grad():
        parts = [network(part) for part in torch.split(prepared, 1024)]
    return torch.cat(parts).numpy().astype(np.float64)
