r"""Trains the ECG beat classifier and measures it on patients it never saw.

    /usr/bin/python3 samples/models/ecg-beat/training/train.py \
        --data ../shared/data --out samples/models/ecg-beat/training/result

Writes model.onnx and metrics.json into the --out folder. Needs about three minutes of one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Mapping

import numpy as np
from sklearn.metrics import roc_auc_score

sys.path.append(str(Path(__file__).parents[2]))

from calibration import best_threshold, fit_calibration  # noqa: E402
from evaluation import COUNTED, counts, metrics, of_patients, pooled  # noqa: E402
from fitting import EPOCHS, MARGIN, fit, logits  # noqa: E402
from fitting_loop import make_repeatable  # noqa: E402
from graph import write_graph  # noqa: E402
from mitbih import read_record  # noqa: E402
from training_run import arguments_of, say, write_json  # noqa: E402
from windows import Windows, cut  # noqa: E402

SEED = 2024
BOOTSTRAP_RESAMPLES = 2000

# DS1 of the usual inter-patient division, without 201 (the same patient as 202, which is a
# test record) and without 208 (kept apart: an excerpt of it is the sample input).
# One line is one fold of the cross-validation; each fold has patients with ectopic beats.
TRAIN_FOLDS = (
    ("106", "114", "118", "115"),
    ("119", "124", "109", "101"),
    ("203", "209", "112", "116"),
    ("207", "220", "205", "122"),
    ("223", "215", "108", "230"),
)
# The records of DS2 that were at hand.
TEST = ("100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210")
MOST_ECTOPIC = "200"
KEPT_APART = "208"
PEAK_MOVED_BY = (-18, -8, -4, 4, 8, 18)  # samples; 18 are 50 ms
EXCERPT = (422_820, 422_820 + 108_000)
"""The samples of record 208 that the five-minute excerpt consists of."""

VENTRICULAR_OR_OTHER = ("NS", "V")
THREE_CLASSES = ("N", "S", "V")


def cross_validated(
    patients: Mapping[str, Windows], classes: tuple[str, ...]
) -> dict[str, np.ndarray]:
    """Logits of every training patient's beats from a network that did not see that patient."""
    found: dict[str, np.ndarray] = {}
    for fold in TRAIN_FOLDS:
        say(f"  patients {' '.join(fold)} held out")
        seen = {name: windows for name, windows in patients.items() if name not in fold}
        network = fit(seen, classes, SEED, lambda line: say(f"    {line}"))
        for name in fold:
            found[name] = logits(network, patients[name].centred())
    return {name: found[name] for name in patients}


def three_class_result(
    patients: Mapping[str, Windows], found: Mapping[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    label = np.concatenate([windows.label for windows in patients.values()])
    values = np.concatenate([found[name] for name in patients])
    kept = np.isin(label, COUNTED)
    label, values = label[kept], values[kept]
    called = np.array(THREE_CLASSES)[values.argmax(axis=1)]
    spread = np.exp(values - values.max(axis=1, keepdims=True))
    probability = spread / spread.sum(axis=1, keepdims=True)
    return {
        letter: {
            "auc": round(float(roc_auc_score(label == letter, probability[:, k])), 4),
            "sensitivity": round(float(np.mean(called[label == letter] == letter)), 4),
            "positive_predictive_value": round(
                float(np.mean(label[called == letter] == letter)), 4
            ),
        }
        for k, letter in enumerate(THREE_CLASSES)
    }


def rounded(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in values.items()}


def main() -> None:
    arguments = arguments_of(__doc__)
    folder = arguments.data / "ecg" / "mitbih"
    make_repeatable()

    names = sorted(name for fold in TRAIN_FOLDS for name in fold)
    patients = {name: cut(read_record(folder, name), MARGIN) for name in names}

    say("three classes, cross-validated")
    three = three_class_result(patients, cross_validated(patients, THREE_CLASSES))
    print(three)

    say("ventricular or other, cross-validated")
    found = cross_validated(patients, VENTRICULAR_OR_OTHER)
    label = np.concatenate([patients[name].label for name in names])
    log_odds = {name: values[:, 1] - values[:, 0] for name, values in found.items()}
    counted = np.isin(label, COUNTED)
    truth = label[counted] == "V"
    unseen = np.concatenate([log_odds[name] for name in names])[counted]
    calibration = fit_calibration(truth, unseen)
    threshold = best_threshold(truth, calibration.probability(unseen))
    validation = {
        name: (patients[name].label, calibration.probability(log_odds[name])) for name in names
    }
    print(f"{calibration}, threshold {threshold}")

    say("all training patients")
    network = fit(patients, VENTRICULAR_OR_OTHER, SEED, print)
    write_graph(network, calibration, arguments.out / "model.onnx")

    def examined(windows: Windows, moved_by: int = 0) -> tuple[np.ndarray, np.ndarray]:
        values = logits(network, windows.centred(moved_by))
        return windows.label, calibration.probability(values[:, 1] - values[:, 0])

    test = {name: examined(cut(read_record(folder, name))) for name in TEST}
    roomy = {name: cut(read_record(folder, name), max(PEAK_MOVED_BY)) for name in TEST}
    moved = {
        f"{by:+d}": rounded(
            metrics(*pooled({n: examined(roomy[n], by) for n in TEST}, list(TEST)), threshold)
        )
        for by in PEAK_MOVED_BY
    }
    apart = cut(read_record(folder, KEPT_APART))
    apart_label, apart_probability = examined(apart)
    in_excerpt = (apart.peak >= EXCERPT[0]) & (apart.peak < EXCERPT[1])

    result = {
        "parameters": sum(value.numel() for value in network.parameters()),
        "epochs": EPOCHS,
        "calibration": {
            "scale": round(calibration.scale, 6),
            "offset": round(calibration.offset, 6),
        },
        "threshold": threshold,
        "training_patients": names,
        "test_records": list(TEST),
        "validation": of_patients(validation, threshold, BOOTSTRAP_RESAMPLES, SEED),
        "validation_with_three_classes": three,
        "test": of_patients(test, threshold, BOOTSTRAP_RESAMPLES, SEED),
        # One patient has three in four of the ventricular test beats: what if there were others?
        f"test_without_{MOST_ECTOPIC}": of_patients(
            {name: part for name, part in test.items() if name != MOST_ECTOPIC},
            threshold,
            BOOTSTRAP_RESAMPLES,
            SEED,
        ),
        "test_with_peak_moved_by_samples": moved,
        "test_counts": counts(*pooled(test, list(TEST)), threshold),
        "test_counts_by_record": {name: counts(*part, threshold) for name, part in test.items()},
        "validation_counts_by_record": {
            name: counts(*part, threshold) for name, part in validation.items()
        },
        "record_208": {
            "metrics": rounded(metrics(apart_label, apart_probability, threshold)),
            "counts": counts(apart_label, apart_probability, threshold),
        },
        "record_208_excerpt": {
            "metrics": rounded(
                metrics(apart_label[in_excerpt], apart_probability[in_excerpt], threshold)
            ),
            "counts": counts(
                apart_label[in_excerpt], apart_probability[in_excerpt], threshold
            ),
        },
    }
    write_json(arguments.out / "metrics.json", result)
    print(json.dumps({key: result[key] for key in ("validation", "test", "record_208")}, indent=1))


if __name__ == "__main__":
    main()
