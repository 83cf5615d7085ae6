"""Checks that the packaged files are what the README says, against the original data sets.

    /usr/bin/python3 samples/inputs/check_origin.py --data ../shared/data

Needs the UCI table and MIT-BIH record 208, which are not part of this repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from make_inputs import (
    ECG_CASES,
    EXCERPT_START,
    HEART_CASES,
    UNITS_PER_MILLIVOLT,
    WITHHELD,
    ZERO,
    heart_input,
)
from published_packages import ecg_units, heart_rows

MODELS = Path(__file__).parent.parent / "models"
sys.path += [str(MODELS / "heart-disease-risk/training"), str(MODELS / "ecg-beat/training")]

from cleveland import read_cleveland  # noqa: E402
from mitbih import read_record  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data

    original = read_cleveland(data)
    packaged = [
        {name: entry["value"] for name, entry in heart_input(row).items()} for row in heart_rows()
    ]
    # Equal rows in equal order, so that a row number means the same patient in both files.
    require(packaged == original.rows, "the packaged table is the UCI table, row by row")
    split = json.loads((MODELS / "heart-disease-risk/training/result/split.json").read_text())
    used = {*HEART_CASES.values(), WITHHELD[1]}
    require(used <= set(split["test_rows"]), "all heart inputs are held-out rows")

    record = read_record(data / "ecg" / "mitbih", "208")
    units = ecg_units()
    excerpt = record.millivolt[EXCERPT_START : EXCERPT_START + len(units)]
    require(
        np.array_equal((units - ZERO) / UNITS_PER_MILLIVOLT, excerpt),
        f"the packaged ECG is record 208 from sample {EXCERPT_START} on",
    )
    annotated = {beat.sample - EXCERPT_START: beat.symbol for beat in record.beats}
    require(
        all(annotated.get(beat.peak) == beat.annotation[0] for beat in ECG_CASES.values()),
        "the beats are annotated as stated",
    )


def require(holds: bool, what: str) -> None:
    print(("yes: " if holds else "NO:  ") + what)
    if not holds:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
