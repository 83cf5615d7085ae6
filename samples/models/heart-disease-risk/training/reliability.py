r"""Counts how often the disease was there among held-out patients with scores like each other.

    python3 samples/models/heart-disease-risk/training/reliability.py --data ../shared/data

Writes result/reliability.json. The scores are those of reference.py from result/model.onnx, the
rows those that split.json holds out, none of which was seen in training.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

TRAINING = Path(__file__).parent
MODEL = TRAINING.parent
RESULT = TRAINING / "result"
sys.path += [str(TRAINING), str(MODEL), str(MODEL.parent)]

from cleveland import read_cleveland  # noqa: E402
from package_files import write_json  # noqa: E402
from reference import predict  # noqa: E402

# Fifths: with 76 rows, finer bands would hold too few patients to say anything.
EDGES = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def bands(scores: list[float], diseased: list[int]) -> list[dict[str, float | int]]:
    """Of each band its cases and how many of them had the disease; a score of 1 is in the last."""
    found = []
    for low, high in zip(EDGES, EDGES[1:]):
        inside = [
            truth
            for score, truth in zip(scores, diseased)
            if low <= score < high or (score == high == EDGES[-1])
        ]
        if not inside:
            raise ValueError(f"no held-out row scores from {low} to {high}")
        found.append({"from": low, "to": high, "cases": len(inside), "observed": sum(inside)})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    table = read_cleveland(parser.parse_args().data)
    manifest = json.loads((MODEL / "1.0.0" / "model.json").read_text())
    rows = json.loads((RESULT / "split.json").read_text())["test_rows"]
    scores = [float(predict(manifest, RESULT / "model.onnx", table.rows[row])[0, 0]) for row in rows]
    write_json(RESULT / "reliability.json", bands(scores, [table.diseased[row] for row in rows]))


if __name__ == "__main__":
    main()
