"""Answers of our engine for fuzzy rules, beside those of pyfuzzylite to the same rule bases and rows."""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import fuzzylite as fl
from check_report import expect_equal, expect_true, run_checks

TOLERANCE = 1e-9

Case = dict[str, Any]


def answers(case: Case) -> list[list[float]]:
    """Values of the outputs for every row, NaN where there is none."""
    engine = fl.FllImporter().from_string(case["fll"])
    values = []
    for row in case["rows"]:
        for variable, value in zip(engine.input_variables, row, strict=True):
            variable.value = value
        for variable in engine.output_variables:
            variable.value = fl.nan
        engine.process()
        values.append([float(variable.value) for variable in engine.output_variables])
    return values


def is_close(ours: float | None, theirs: float) -> bool:
    # JSON has no NaN: ours is null then.
    if ours is None or not math.isfinite(theirs):
        return ours is None and not math.isfinite(theirs)
    return abs(ours - theirs) <= TOLERANCE * max(1.0, abs(theirs))


class Compared:
    """Counts of compared values, and the first that differ."""

    def __init__(self, cases: list[Case]) -> None:
        self.values = 0
        self.numbers = 0
        self.kinds: Counter[str] = Counter()
        self.different: list[str] = []
        for index, case in enumerate(cases):
            self._compare(index, case)

    def _compare(self, index: int, case: Case) -> None:
        fll = case["fll"]
        self.kinds.update(kind for kind in ("Tsukamoto", "TakagiSugeno", "Centroid") if kind in fll)
        for row, ours, theirs in zip(case["rows"], case["answered"], answers(case), strict=True):
            for one, other in zip(ours, theirs, strict=True):
                self.values += 1
                self.numbers += one is not None
                if not is_close(one, other):
                    self.different.append(f"rule base {index}, row {row}: {one} here, {other} there\n{fll}")


def gives_the_same(compared: Compared) -> None:
    """Mamdani, Takagi-Sugeno and Tsukamoto with every monotone term, compared exactly as ours does"""
    expect_equal("kinds", sorted(compared.kinds), ["Centroid", "TakagiSugeno", "Tsukamoto"])
    expect_true("at least half are numbers", compared.numbers * 2 > compared.values)
    if compared.different:
        print("\n".join(compared.different[:2]), file=sys.stderr)
    expect_equal(f"different of {compared.values}", len(compared.different), 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", required=True, type=Path, help="rule bases, rows and what ours answered, as JSON")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    compared = Compared(json.loads(options.cases.read_text()))
    return run_checks("rule_engines", [gives_the_same], compared)


if __name__ == "__main__":
    sys.exit(main())
