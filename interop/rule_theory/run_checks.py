"""Holds results of the rule engine's theory against PyIT2FLS, SciPy and the formulas in NumPy."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt

from check_report import expect_close, expect_true, run_checks

SIDES = {
    "left": (1, 0, 0),
    "right": (-1, 0, 0),
    "anterior": (0, -1, 0),
    "posterior": (0, 1, 0),
    "superior": (0, 0, 1),
    "inferior": (0, 0, -1),
}


def load_pyit2fls() -> ModuleType:
    """The module by itself: its package imports programs with windows, and it a library for plots."""
    for name in ("matplotlib", "matplotlib.pyplot"):
        sys.modules.setdefault(name, ModuleType(name))
    sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]
    package = importlib.util.find_spec("pyit2fls")
    file = Path(package.submodule_search_locations[0]) / "pyit2fls.py"
    spec = importlib.util.spec_from_file_location("pyit2fls_alone", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


IT2 = load_pyit2fls()


def type_reduction(cases: dict[str, Any]) -> None:
    """Karnik-Mendel's ends and Nie-Tan's mean are those of PyIT2FLS, in 300 random cases"""
    for case in cases["means"]:
        values, lower, upper = (np.array(case[key]) for key in ("values", "lower", "upper"))
        intervals = np.c_[values, values, lower, upper]
        expect_close("ends", case["ends"], [float(end) for end in IT2.KM_algorithm(intervals)], 1e-12)
        expect_close("Nie-Tan", [case["nieTan"]], [float(IT2.NT_algorithm(intervals))], 1e-12)


def mamdani(cases: dict[str, Any]) -> None:
    """A Mamdani system with footprints has the ends that IT2Mamdani of PyIT2FLS gives, at 80 random places"""
    system = cases["mamdani"]
    samples = np.arange(200) * 0.1 + 0.05
    domains = {"a": np.linspace(0, 10, 11), "b": np.linspace(0, 10, 11), "y": samples}
    sets = {
        name: {
            term: IT2.IT2FS(domains[name], IT2.trapezoid_mf, [*upper, 1.0], IT2.trapezoid_mf, [*lower, 1.0])
            for term, (lower, upper) in terms.items()
        }
        for name, terms in system["variables"].items()
    }
    fls = IT2.IT2Mamdani(IT2.min_t_norm, IT2.max_s_norm, method="Centroid", algorithm=IT2.KM_algorithm)
    fls.add_input_variable("a")
    fls.add_input_variable("b")
    fls.add_output_variable("y")
    for a, b, y in system["rules"]:
        fls.add_rule([("a", sets["a"][a]), ("b", sets["b"][b])], [("y", sets["y"][y])])
    for row in system["rows"]:
        _, reduced = fls.evaluate(row["values"])
        expect_close("ends", row["ends"], [float(end) for end in reduced["y"]], 1e-9)


def to_possibility(probabilities: np.ndarray, transform: str) -> np.ndarray:
    if transform == "antipignistic":
        return np.minimum.outer(probabilities, probabilities).sum(axis=1)
    return np.array([probabilities[probabilities <= p].sum() for p in probabilities])


def possibilistic(cases: dict[str, Any]) -> None:
    """Possibilistic rules on transformed probabilities give the min-max product in NumPy, in 300 random systems"""
    for case in cases["systems"]:
        document = case["document"]
        values = document["outputs"][0]["values"]
        inside = lambda names: np.isin(values, names)  # noqa: E731
        known = {one["name"]: to_possibility(np.array(case["given"][one["name"]]), one["transform"]) for one in document["inputs"]}
        rows, degrees = [], []
        for rule in document["outputs"][0]["rules"]:
            held = [known[p["attribute"]][inside(p["in"])].max() for p in rule["if"]]
            broken = [known[p["attribute"]][~inside(p["in"])].max(initial=0) for p in rule["if"]]
            degrees += [min(held), max(broken)]
            concluded = inside(rule["conclude"])
            rows += [np.where(concluded, rule["s"], 1.0), np.where(concluded, 1.0, rule["r"])]
        product = np.maximum(np.array(rows).T, np.array(degrees)).min(axis=1)
        expect_close("distribution", case["distribution"], product.tolist(), 1e-12)


def held_against(landscape: np.ndarray, mask: np.ndarray) -> list[float]:
    inside = landscape[mask]
    return [float(inside.min()), float(inside.mean()), float(inside.max())]


def found(relation: dict[str, Any]) -> list[float]:
    expect_true("determinate", relation["status"] == "determinate")
    return [relation[key] for key in ("necessity", "mean", "possibility")]


def relations(cases: dict[str, Any]) -> None:
    """Near is a trapezoid over SciPy's distance transform, directions are Bloch's formula, in 60 random volumes"""
    for case in cases["relations"]:
        size, affine = case["size"], np.array(case["affine"]).reshape(3, 4)
        mask, reference = (np.array(case[key]).reshape(size) > 0 for key in ("object", "reference"))
        spacing = np.linalg.norm(affine[:, :3], axis=0)[::-1]
        distance = distance_transform_edt(~reference, sampling=spacing)
        full, none = case["near"]["fullUpToMm"], case["near"]["noneFromMm"]
        near = np.clip((none - distance) / (none - full), 0, 1)
        expect_close("near", found(case["found"]["near"]), held_against(near, mask), 1e-9)

        index = np.argwhere(np.ones(size))[:, ::-1]
        places = index @ affine[:, :3].T + affine[:, 3]
        ways = places[:, None, :] - places[reference.ravel()][None, :, :]
        lengths = np.linalg.norm(ways, axis=2)
        with np.errstate(invalid="ignore"):
            cosines = np.where(lengths == 0, 1, ways @ np.array(SIDES[case["side"]]) / lengths)
        landscape = np.clip(1 - 2 / np.pi * np.arccos(np.clip(cosines, -1, 1)), 0, 1).max(axis=1).reshape(size)
        expect_close(case["side"], found(case["found"]["direction"]), held_against(landscape, mask), 1e-7)


CHECKS: list[Callable[[dict[str, Any]], None]] = [type_reduction, mamdani, possibilistic, relations]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=Path, required=True)
    return run_checks("rule_theory", CHECKS, json.loads(parser.parse_args().cases.read_text()))


if __name__ == "__main__":
    sys.exit(main())
