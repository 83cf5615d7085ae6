"""Fits a network of torch to batches, so that the same seed gives the same weights."""

from __future__ import annotations

from typing import Callable, Iterable, TypeVar

import numpy as np
import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)
Batch = tuple[torch.Tensor, torch.Tensor]
"""What the network sees, and what is true of it."""

Report = Callable[[str], None]


def make_repeatable() -> None:
    """One thread and deterministic kernels: the same weights from every run."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def seeded(seed: int) -> np.random.Generator:
    """Draws of numpy, and those of torch itself, from here on; before a network gets its weights."""
    torch.manual_seed(seed)
    return np.random.default_rng(seed)


def fit_to_batches(
    network: Network,
    batches: Iterable[Batch],
    loss_of: Callable[[Network, torch.Tensor, torch.Tensor], torch.Tensor],
    *,
    steps: int,
    learning_rate: float,
    weight_decay: float,
    report_every: int,
    report: Report,
) -> Network:
    """AdamW with one cycle of the learning rate over `steps` batches, each drawn when its turn comes."""
    network.train()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=learning_rate, weight_decay=weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=steps)
    total = 0.0
    # The numbers come first: no batch is drawn after the last step.
    for step, (seen, truth) in zip(range(1, steps + 1), batches):
        optimizer.zero_grad()
        loss = loss_of(network, seen, truth)
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % report_every == 0:
            report(f"step {step}: loss {total / report_every:.4f}")
            total = 0.0
    return network.eval()
