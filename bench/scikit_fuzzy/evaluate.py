"""Evaluates records of a rule base with scikit-fuzzy, as often as a line on standard input says how many of them.

One control system for each output, and all records as one array: several times as fast as one system, or one
record at a time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import skfuzzy
from skfuzzy import control


class Output:
    """The rules about one output."""

    def __init__(self, rule_base: dict, name: str) -> None:
        self.name = name
        self._universe = np.linspace(*rule_base["range"], rule_base["resolution"] + 1)
        self._terms = rule_base["terms"]
        conclusion = self._variable(control.Consequent, name)
        antecedents: dict[str, control.Antecedent] = {}
        rules = []
        for premises, (output, term) in rule_base["rules"]:
            if output != name:
                continue
            whole = None
            for variable, place in premises:
                if variable not in antecedents:
                    antecedents[variable] = self._variable(control.Antecedent, variable)
                premise = antecedents[variable][f"t{place}"]
                whole = premise if whole is None else whole & premise
            rules.append(control.Rule(whole, conclusion[f"t{term}"]))
        self._system = control.ControlSystem(rules)
        self._places = {variable: rule_base["inputs"].index(variable) for variable in antecedents}

    def _variable(self, kind: type, name: str) -> control.Antecedent | control.Consequent:
        variable = kind(self._universe, name)
        for place, corners in enumerate(self._terms):
            variable[f"t{place}"] = skfuzzy.trimf(self._universe, corners)
        return variable

    def evaluate(self, records: np.ndarray) -> np.ndarray:
        simulation = control.ControlSystemSimulation(self._system)
        for variable, place in self._places.items():
            simulation.input[variable] = records[:, place]
        simulation.compute()
        return simulation.output[self.name]


def main() -> None:
    rule_base = json.loads(Path(sys.argv[1]).read_text())
    records = np.array(rule_base["records"])
    outputs = [Output(rule_base, name) for name in rule_base["outputs"]]
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        some = records[: int(line)]
        started = time.perf_counter()
        values = [output.evaluate(some) for output in outputs]
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "values": np.transpose(values)[:200].tolist()}), flush=True)


if __name__ == "__main__":
    main()
