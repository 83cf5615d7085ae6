r"""Trains the tissue detector on one slide and measures it on another, and on tiles of others.

    /usr/bin/python3 samples/models/tissue-pixels/training/train.py \
        --data ../shared/data --out samples/models/tissue-pixels/training/result

Writes model.onnx and metrics.json into the --out folder. Needs about five minutes of one core, most of them for the intervals.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

sys.path.append(str(Path(__file__).parents[2]))

from fitting_loop import Batch, fit_to_batches, make_repeatable, seeded  # noqa: E402
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
from training_run import arguments_of, say, write_json  # noqa: E402

SEED = 2024
BOOTSTRAP_RESAMPLES = 2000
THRESHOLD = 0.5
SCALES = (1 / 4, 1 / 16)
"""Two sizes of pixel, 2 and 8 micrometres: overviews of slides are larger still."""
STEPS = 1500
PATCHES, PATCH = 16, 48  # patches of a step, and their side in pixels
LEARNING_RATE = 5e-3
WEIGHT_DECAY = 1e-2
BLOCK = 32
"""Side of the blocks that are resampled. Pixels side by side are not independent."""

# How far colours are disturbed: stains, lamps and scanners differ from slide to slide.
LARGEST_GAIN = 0.12
LARGEST_GAMMA = 0.35


def fit(slides: Sequence[Slide], seed: int) -> PixelNetwork:
    generator = seeded(seed)
    return fit_to_batches(
        PixelNetwork(),
        (drawn_patches(slides, generator) for _ in range(STEPS)),
        balanced_loss,
        steps=STEPS,
        learning_rate=LEARNING_RATE,
        weight_decay=WEIGHT_DECAY,
        report_every=500,
        report=say,
    )


def balanced_loss(
    network: PixelNetwork, pictures: torch.Tensor, labels: torch.Tensor
) -> torch.Tensor:
    """Both kinds count alike, however many pixels of each a step has."""
    logits = network(pictures)[:, 0]
    parts = [
        nn.functional.softplus(sign * logits[labels == kind]).mean()
        for kind, sign in ((TISSUE, -1), (GLASS, 1))
        if bool((labels == kind).any())
    ]
    return torch.stack(parts).mean()


def drawn_patches(
    slides: Sequence[Slide], generator: np.random.Generator
) -> Batch:
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
    arguments = arguments_of(__doc__)
    make_repeatable()

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
    write_json(arguments.out / "metrics.json", result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
