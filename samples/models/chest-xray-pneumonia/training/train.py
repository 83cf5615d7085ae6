r"""Trains the pneumonia classifier and measures it on the test pictures of the data set.

    /usr/bin/python3 samples/models/chest-xray-pneumonia/training/train.py \
        --data ../shared/data --out samples/models/chest-xray-pneumonia/training/result

Writes model.onnx and metrics.json into the --out folder. Needs about one minute of one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

sys.path.append(str(Path(__file__).parents[2]))

from fitting import fit, log_odds  # noqa: E402
from fitting_loop import make_repeatable  # noqa: E402
from graph import write_graph  # noqa: E402
from intervals import with_intervals  # noqa: E402
from training_run import arguments_of, say, write_json  # noqa: E402

SEED = 2024
BOOTSTRAP_RESAMPLES = 2000
PARTS = ("train", "val", "test")


def read_part(archive: np.lib.npyio.NpzFile, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Grey from 0 to 1, and 1 for pneumonia."""
    return archive[f"{part}_images"] / 255.0, archive[f"{part}_labels"].reshape(-1).astype(np.int64)


def without_repeats(
    images: np.ndarray, label: np.ndarray, elsewhere: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Only pictures of which no copy is among those elsewhere."""
    known = {image.tobytes() for image in elsewhere}
    kept = np.array([image.tobytes() not in known for image in images])
    return images[kept], label[kept]


def figures(truth: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, float | None]:
    called = probability >= threshold
    both = 0 < truth.sum() < len(truth)
    return {
        "auc": roc_auc_score(truth, probability) if both else None,
        "accuracy": np.mean(called == truth),
        "sensitivity": np.mean(called[truth == 1]) if truth.any() else None,
        "specificity": np.mean(~called[truth == 0]) if not truth.all() else None,
        "brier_score": np.mean((probability - truth) ** 2),
    }


def measured(truth: np.ndarray, probability: np.ndarray, threshold: float) -> dict:
    def of(some: list[int]) -> dict[str, float | None]:
        return figures(truth[some], probability[some], threshold)

    return with_intervals(list(range(len(truth))), of, BOOTSTRAP_RESAMPLES, SEED)


def calibration_of(truth: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Scale and offset of the log odds that make probabilities of them (Platt)."""
    found = LogisticRegression(C=1e9, max_iter=1000).fit(values.reshape(-1, 1), truth)
    return float(found.coef_[0, 0]), float(found.intercept_[0])


def most_balanced_threshold(truth: np.ndarray, probability: np.ndarray) -> float:
    """In steps of 0.01, the largest sum of sensitivity and specificity; of equals the middle one."""
    sums = []
    for hundredths in range(1, 100):
        called = probability >= hundredths / 100
        sums.append(np.mean(called[truth == 1]) + np.mean(~called[truth == 0]))
    best = np.flatnonzero(np.array(sums) == max(sums)) + 1
    return float(best[len(best) // 2]) / 100


def main() -> None:
    arguments = arguments_of(__doc__)
    make_repeatable()

    with np.load(arguments.data / "chest-xray" / "pneumoniamnist_merged.npz") as archive:
        sets = {part: read_part(archive, part) for part in PARTS}
    as_published = {part: len(label) for part, (_, label) in sets.items()}
    val_images, val_label = sets["val"]
    test_images, test_label = sets["test"]
    train_images, train_label = without_repeats(
        *sets["train"], np.concatenate([val_images, test_images])
    )
    val_images, val_label = without_repeats(val_images, val_label, test_images)

    network = fit(train_images, train_label, SEED, say)
    validation = log_odds(network, val_images)
    scale, offset = calibration_of(val_label, validation)

    def probability(values: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(scale * values + offset)))

    threshold = most_balanced_threshold(val_label, probability(validation))
    write_graph(network, scale, offset, arguments.out / "model.onnx")

    # What a model gets that has only weighed pixels, and one that has only seen brightness.
    flat = LogisticRegression(C=0.01, max_iter=2000).fit(
        train_images.reshape(len(train_images), -1), train_label
    )
    weighed = flat.predict_proba(test_images.reshape(len(test_images), -1))[:, 1]
    brightness = roc_auc_score(test_label, test_images.mean(axis=(1, 2)))

    result = {
        "model": "four convolutions of 3 x 3, average over places, two logits",
        "weights": sum(p.numel() for p in network.parameters()),
        "calibration": {"scale": round(scale, 4), "offset": round(offset, 4)},
        "threshold": threshold,
        "pictures_as_published": as_published,
        "pictures_used": {
            part: {"all": len(label), "pneumonia": int(label.sum())}
            for part, label in zip(PARTS, (train_label, val_label, test_label))
        },
        "validation": measured(val_label, probability(validation), threshold),
        "test": measured(test_label, probability(log_odds(network, test_images)), threshold),
        "test_auc_of_logistic_regression_on_pixels": round(roc_auc_score(test_label, weighed), 4),
        "test_auc_of_mean_brightness": round(brightness, 4),
    }
    write_json(arguments.out / "metrics.json", result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
