"""Reads rule bases that our writers wrote with pyfuzzylite (FLL) and PyIT2FLS (FCL), and computes with them."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fuzzylite
from check_report import CheckFailed, expect_equal, expect_true, run_checks
from pyit2fls import FCL

Case = dict[str, Any]

CLOSE = 1e-9
# PyIT2FLS integrates over 100 points, the ends among them: half a step from ours.
CLOSE_OF_RANGE = 3e-3


def by_name(cases: list[Case], name: str) -> Case:
    return next(case for case in cases if case["name"] == name)


def compare(case: Case, computed: list[list[float]]) -> float:
    """The largest difference; a value that one side does not know is one that the other must not know."""
    worst = 0.0
    for row, mine, theirs in zip(case["rows"], case["expected"], computed, strict=True):
        for output, expected, received in zip(case["outputs"], mine, theirs, strict=True):
            if expected is None:
                expect_true(f"{output} at {row} is not known, and pyfuzzylite has {received}", math.isnan(received))
            elif not abs(expected - received) <= CLOSE:
                raise CheckFailed(f"{output} at {row}", expected, received)
            else:
                worst = max(worst, abs(expected - received))
    return worst


def with_pyfuzzylite(case: Case) -> list[list[float]]:
    engine = fuzzylite.FllImporter().from_string(case["fll"])
    rows = []
    for row in case["rows"]:
        for name, value in zip(case["inputs"], row, strict=True):
            engine.input_variable(name).value = value
        engine.process()
        rows.append([float(engine.output_variable(name).value) for name in case["outputs"]])
    return rows


def check_of(case: Case) -> Callable[[list[Case]], None]:
    def check(_: list[Case]) -> None:
        print(f"  pyfuzzylite: {case['name']} up to {compare(case, with_pyfuzzylite(case)):.1e} off", file=sys.stderr)

    check.__doc__ = f"pyfuzzylite computes the same from {case['name']} in FLL"
    return check


def fcl_is_read_as_it_was_meant(cases: list[Case]) -> None:
    """PyIT2FLS reads variables, points, operators and rules of IEC's form of FCL"""
    name, variables, rules = FCL().parse_fcl(by_name(cases, "iec")["iec"])
    expect_equal("name", name, "iec")
    expect_equal("inputs", list(variables["input"]), ["age", "lactate"])
    terms = variables["input"]["lactate"]["terms"]
    expect_equal("points", terms["raised"]["params"], [2.0, 0.0, 4.0, 1.0, 8.0, 0.0])
    risk = variables["output"]["risk"]
    expect_equal("range", (risk["domainleft"], risk["domainright"]), (0.0, 10.0))
    expect_equal("method", risk["defuzzifier"], "COG")
    operators = [rules[key] for key in ("andMethod", "activationMethod", "accumulationMethod")]
    expect_equal("operators", operators, ["min", "min", "max"])
    expect_equal("rules", list(rules["rules"]), ["1", "2", "3"])
    expect_equal("premises", rules["rules"]["3"]["antecedent"], [("age", "old"), ("lactate", "high")])
    _, _, weighted = FCL().parse_fcl(by_name(cases, "or_Maximum")["iec"])
    expect_equal("connector", weighted["rules"]["2"]["connector"], "or")
    expect_equal("weight", weighted["rules"]["3"]["weight"], 0.75)


def fcl_computes_the_same(cases: list[Case]) -> None:
    """PyIT2FLS computes the same from IEC's form of FCL, to what its integration allows"""
    case = by_name(cases, "iec")
    reader = FCL()
    _, variables, rules = reader.parse_fcl(case["iec"])
    system = reader.generate(variables, rules)
    worst, known = 0.0, 0
    for row, (expected,) in zip(case["rows"], case["expected"], strict=True):
        if expected is None:
            continue
        _, crisp = system.evaluate(dict(zip(case["inputs"], row, strict=True)))
        difference = abs(float(crisp["risk"]) - expected) / 10
        if not difference <= CLOSE_OF_RANGE:
            raise CheckFailed(f"risk at {row}", expected, crisp)
        worst, known = max(worst, difference), known + 1
    expect_true(f"{known} rows have a value", known > 50)
    print(f"  PyIT2FLS: up to {worst:.1e} of the range off", file=sys.stderr)


def all_checks(cases: list[Case]) -> Iterator[Callable[[list[Case]], None]]:
    yield from map(check_of, cases)
    yield fcl_is_read_as_it_was_meant
    yield fcl_computes_the_same


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, required=True)
    cases = json.loads(parser.parse_args().cases.read_text("utf-8"))
    return run_checks("rule_formats", all_checks(cases), cases)


if __name__ == "__main__":
    sys.exit(main())
