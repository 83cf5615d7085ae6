r"""Trains the tissue detector on one slide and measures it on another, and on tiles of others.

    /usr/bin/python3 samples/models/tissue-pixels/training/train.py \
        --data ../shared/data --out samples/models/tissue-pixels/training/result

Writes model.onnx and metrics.json into the --out folder. Needs about five minutes of one core, most of them for the intervals.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

sys.path.append(str(Path(__file__).parents[2]))

from intervals import with_intervals  # noqa: E402
from network import PixelNetwork, write_graph  # noqa: E402
from slides import (  # noqa: E402
    GLASS,
    PATH_CLASSES,
    TISSUE,
    Slide,
    read_camelyon,
    read_camelyon_tiles,
    read_cmu,
    read_tiles,
)

SEED = 2024
BOOTSTRAP_RESAMPLES = 2000
THRESHOLD = 0.5
SCALES = (1 / 4, 1 / 16)
"""Two sizes of pixel, 2 and 8 micrometres: overviews of slides are larger still."""
STEPS = 1500
PATCHES, PATCH = 16, 48  # patches of a step, and their side in pixels
LEARNING_RATE = 5e-3
BLOCK = 32
"""Side of the blocks that are resampled. Pixels side by side are not independent."""

# How far colours are disturbed: stains, lamps and scanners differ from slide to slide.
LARGEST_GAIN = 0.12
LARGEST_GAMMA = 0.35


def fit(slides: Sequence[Slide], seed: int) -> PixelNetwork:
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    network = PixelNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=STEPS)
    for step in range(1, STEPS + 1):
        pictures, labels = drawn_patches(slides, generator)
        optimizer.zero_grad()
        logits = network(pictures)[:, 0]
        # Both kinds count alike, however many pixels of each a step has.
        parts = [
            nn.functional.softplus(sign * logits[labels == kind]).mean()
            for kind, sign in ((TISSUE, -1), (GLASS, 1))
            if bool((labels == kind).any())
        ]
        loss = torch.stack(parts).mean()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)
    return network.eval()


def drawn_patches(
    slides: Sequence[Slide], generator: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    pictures, labels = [], []
    while len(labels) < PATCHES:
        slide = slides[generator.integers(len(slides))]
        height, width = slide.label.shape
        top, left = generator.integers(0, height - PATCH), generator.integers(0, width - PATCH)
        window = (slice(top, top + PATCH), slice(left, left + PATCH))
        if not slide.label[window].any():
            continue
        gain = 1 - generator.uniform(0, LARGEST_GAIN, (3, 1, 1)) - generator.uniform(0, LARGEST_GAIN)
        gamma = np.exp(generator.uniform(-LARGEST_GAMMA, LARGEST_GAMMA))
        pictures.append(np.clip(slide.picture[(slice(None), *window)] ** gamma * gain, 0, 1))
        labels.append(slide.label[window])
    return (
        torch.from_numpy(np.stack(pictures).astype(np.float32)),
        torch.from_numpy(np.stack(labels).astype(np.int64)),
    )


def probabilities(network: PixelNetwork, pictures: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.sigmoid(network(torch.from_numpy(pictures)))[:, 0].numpy()


def figures(blocks: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, float | None]:
    """`blocks` hold the truth and the probability of their counted pixels."""
    truth = np.concatenate([block[0] for block in blocks])
    probability = np.concatenate([block[1] for block in blocks])
    called = probability >= THRESHOLD
    both = truth.any() and not truth.all()
    return {
        "dice": float(2 * np.sum(called & truth) / (called.sum() + truth.sum())),
        "sensitivity": float(np.mean(called[truth])) if truth.any() else None,
        "specificity": float(np.mean(~called[~truth])) if not truth.all() else None,
        "auc": float(roc_auc_score(truth, probability)) if both else None,
    }


def measured(network: PixelNetwork, slide: Slide) -> dict:
    probability = probabilities(network, slide.picture[None])[0]
    blocks = []
    height, width = slide.label.shape
    for top in range(0, height, BLOCK):
        for left in range(0, width, BLOCK):
            window = (slice(top, top + BLOCK), slice(left, left + BLOCK))
            counted = slide.label[window] > 0
            if counted.any():
                blocks.append((slide.label[window][counted] == TISSUE, probability[window][counted]))
    return {
        "pixels_of_tissue": int((slide.label == TISSUE).sum()),
        "pixels_of_glass": int((slide.label == GLASS).sum()),
        "blocks": len(blocks),
        "metrics": with_intervals(blocks, figures, BOOTSTRAP_RESAMPLES, SEED),
    }


def measured_tiles(network: PixelNetwork, tiles: np.ndarray, label: np.ndarray) -> dict:
    """By class, how much of a tile is called tissue. No interval: the set does not say which tiles share a patient."""
    share = (probabilities(network, tiles) >= THRESHOLD).mean(axis=(1, 2))
    return {
        "tiles": len(label),
        "by_class": {
            name: {
                "tiles": int((label == k).sum()),
                "median_share_called_tissue": round(float(np.median(share[label == k])), 4),
                "lowest": round(float(share[label == k].min()), 4),
                "highest": round(float(share[label == k].max()), 4),
            }
            for k, name in enumerate(PATH_CLASSES)
        },
    }


def called_by_tile(network: PixelNetwork, data: Path) -> list[int]:
    return [
        int((probabilities(network, np.moveaxis(np.float32(tile) / 255, 2, 0)[None]) >= THRESHOLD).sum())
        for tile in read_camelyon_tiles(data)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    # One thread and deterministic kernels: the same weights from every run.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    slides = [read_cmu(arguments.data, scale) for scale in SCALES]
    network = fit(slides, SEED)
    write_graph(network, arguments.out / "model.onnx")
    result = {
        "model": "each pixel with its 8 neighbours, two hidden layers of 16",
        "weights": sum(p.numel() for p in network.parameters()),
        "threshold": THRESHOLD,
        "training_slide": {
            f"1:{round(1 / scale)}": measured(network, slide) for scale, slide in zip(SCALES, slides)
        },
        "test_slide": measured(network, read_camelyon(arguments.data)),
        # Each stored tile by itself, as a platform sends it: edges see nothing beyond.
        "test_slide_pixels_called_tissue_by_tile": called_by_tile(network, arguments.data),
        "test_tiles": measured_tiles(network, *read_tiles(arguments.data)),
    }
    (arguments.out / "metrics.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
