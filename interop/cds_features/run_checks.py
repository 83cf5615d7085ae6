"""Makes a model's row from FHIR resources by the rules of bindings/cds-hooks.json, beside what our mapping made.

Only the standard library: units come from a table of factors, FHIRPath is read as a path of names.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

from check_report import expect_equal, expect_true, run_checks

UCUM = "http://unitsofmeasure.org"
CLOSE = 1e-9

# Factor to the first unit of each kind.
KINDS: dict[str, dict[str, float]] = {
    "mass concentration": {"mg/dL": 1.0, "mg/dl": 1.0, "g/L": 100.0},
    "substance concentration": {"mmol/L": 1.0},
    # 1 m[Hg] is 133.322 kPa in UCUM.
    "pressure": {"mm[Hg]": 1.0, "kPa": 1 / 0.133322},
    "frequency": {"/min": 1.0, "/s": 60.0},
    "length": {"mm": 1.0, "cm": 10.0},
    "number": {"1": 1.0},
    "time": {"a": 1.0},
}

Feature = dict[str, Any]


class Unusable(Exception):
    """Why there is no value, in the words of our mapping."""


def kind_of(unit: str) -> str | None:
    return next((kind for kind, units in KINDS.items() if unit in units), None)


def converted(value: float, unit: str, wanted: str, molar_mass: float | None) -> float:
    kind, wanted_kind = kind_of(unit), kind_of(wanted)
    if kind is None:
        raise Unusable("unit-unknown")
    if kind == wanted_kind:
        return value * KINDS[kind][unit] / KINDS[kind][wanted]
    if (kind, wanted_kind) == ("substance concentration", "mass concentration") and molar_mass:
        # mmol/L times g/mol is mg/L, a tenth of that mg/dL.
        return value * KINDS[kind][unit] * molar_mass / 10 / KINDS[wanted_kind][wanted]
    raise Unusable("unit-inconvertible")


def instants(text: str) -> tuple[datetime, datetime]:
    """First and last moment that a date of FHIR may mean."""
    if "T" in text:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return moment, moment
    parts = [int(part) for part in text.split("-")]
    year, month, day = [*parts, 1, 1][:3]
    first = datetime(year, month, day, tzinfo=timezone.utc)
    if len(parts) == 3:
        return first, first + timedelta(days=1) - timedelta(milliseconds=1)
    following = datetime(year + 1, 1, 1) if len(parts) == 1 else datetime(year + month // 12, month % 12 + 1, 1)
    return first, following.replace(tzinfo=timezone.utc) - timedelta(milliseconds=1)


def age(birth_date: str, now: datetime) -> float:
    def years(born: datetime) -> int:
        return now.year - born.year - ((now.month, now.day) < (born.month, born.day))

    first, last = instants(birth_date)
    if years(first) != years(last):
        raise Unusable("ambiguous")
    return float(years(first))


def has_code(concept: dict[str, Any], codes: list[dict[str, str]]) -> bool:
    wanted = {(code["system"], code["code"]) for code in codes}
    return any((c.get("system"), c.get("code")) in wanted for c in concept.get("coding", []))


def value_in(part: dict[str, Any]) -> Any:
    if "dataAbsentReason" in part:
        return None
    return next((value for key, value in part.items() if key.startswith("value")), None)


def candidates(rule: dict[str, Any], resources: list[dict[str, Any]]) -> list[tuple[Any, str | None]]:
    """Raw values with their times."""
    found: list[tuple[Any, str | None]] = []
    for resource in resources:
        if "fhirPath" in rule:
            kind, name = rule["fhirPath"].split(".")
            if resource["resourceType"] == kind and name in resource:
                found.append((resource[name], None))
            continue
        if resource.get("status") not in ("final", "amended", "corrected"):
            continue
        for part in [resource, *resource.get("component", [])]:
            if has_code(part["code"], rule["codes"]):
                found.append((value_in(part), resource.get("effectiveDateTime")))
    return [(raw, at) for raw, at in found if raw is not None]


def read(rule: dict[str, Any], raw: Any, now: datetime) -> Any:
    if rule.get("isAge"):
        return within(rule, age(raw, now))
    if "unit" in rule:
        if raw.get("comparator"):
            raise Unusable("ambiguous")
        if raw.get("system", UCUM) != UCUM:
            raise Unusable("unit-unknown")
        unit = raw.get("code", raw.get("unit", ""))
        return within(rule, converted(raw["value"], unit, rule["unit"], rule.get("molarMass")))
    if "categories" in rule:
        keys = [raw] if isinstance(raw, str) else [f"{c['system']}|{c['code']}" for c in raw["coding"]]
        categories = {rule["categories"][key] for key in keys if key in rule["categories"]}
        if len(categories) != 1:
            raise Unusable("ambiguous" if categories else "category-unknown")
        return categories.pop()
    return raw


def within(rule: dict[str, Any], value: float) -> float:
    low, high = rule["range"]
    if not low <= value <= high:
        raise Unusable("out-of-range")
    return value


def value_of(rule: dict[str, Any], resources: list[dict[str, Any]], now: datetime) -> Any:
    found = candidates(rule, resources)
    if not found:
        raise Unusable("absent")
    if any(at and instants(at)[0] > now + timedelta(minutes=5) for _, at in found):
        raise Unusable("out-of-range")
    if "maximumAgeDays" in rule:
        oldest = now - timedelta(days=rule["maximumAgeDays"])
        found = [(raw, at) for raw, at in found if at and instants(at)[0] >= oldest]
        if not found:
            raise Unusable("stale")
    if all(at for _, at in found):
        newest = max(instants(at)[0] for _, at in found)
        found = [(raw, at) for raw, at in found if instants(at)[1] >= newest]
    values = [read(rule, raw, now) for raw, _ in found]
    if any(not alike(values[0], value) for value in values):
        raise Unusable("ambiguous")
    return values[0] > rule["isAbove"] if "isAbove" in rule else values[0]


def alike(left: Any, right: Any) -> bool:
    if isinstance(left, float) or isinstance(right, float):
        return abs(left - right) <= CLOSE * max(abs(left), abs(right))
    return left == right


def ours(feature: Feature) -> Any:
    return feature["value"] if feature["kind"] == "value" else Unusable(feature["why"])


def check_of(case: dict[str, Any], rules: dict[str, Any]) -> Callable[[None], None]:
    def check(_: None) -> None:
        now = datetime.fromisoformat(case["now"].replace("Z", "+00:00"))
        expect_equal("columns", [feature["column"] for feature in case["features"]], list(rules))
        for feature in case["features"]:
            rule = rules[feature["column"]]
            try:
                expected: Any = value_of(rule, case["prefetch"][rule["from"]], now)
            except Unusable as unusable:
                expected = unusable
            received = ours(feature)
            column = feature["column"]
            if isinstance(expected, Unusable) or isinstance(received, Unusable):
                expect_equal(column, repr(received), repr(expected))
            else:
                expect_true(f"{column}: {received!r} beside {expected!r}", alike(expected, received))
            if feature["kind"] == "value" and "row" in case:
                meant = case["row"][column]
                expect_true(f"{column} of the golden row", alike(received, next(iter(meant.values()))))

    check.__doc__ = f"{case['service']}: {case['name']}"
    return check


def row_of(case: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any] | None:
    """What the model is given; None in a column that it may replace. None as a whole if it must not be asked."""
    now = datetime.fromisoformat(case["now"].replace("Z", "+00:00"))
    row: dict[str, Any] = {}
    for column, rule in rules.items():
        try:
            row[column] = value_of(rule, case["prefetch"][rule["from"]], now)
        except Unusable as unusable:
            if rule["missing"] != "unknown" or str(unusable) != "absent":
                return None
            row[column] = None
    return row


def with_ranges(features: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """A number without a range has that of the manifest."""
    columns = {column["name"]: column for column in manifest["inputs"][0]["columns"]}
    return {
        name: {"range": columns[name]["validRange"], **rule} if columns[name]["type"] == "number" else rule
        for name, rule in features.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    for flag in ("--cases", "--binding", "--manifest"):
        parser.add_argument(flag, type=Path, required=True)
    parser.add_argument("--rows", type=Path, required=True, help="where the rows of all cases are written")
    arguments = parser.parse_args()
    manifest = json.loads(arguments.manifest.read_text())
    services = json.loads(arguments.binding.read_text())["services"]
    rules = {service["id"]: with_ranges(service["features"], manifest) for service in services}
    cases = json.loads(arguments.cases.read_text())
    arguments.rows.write_text(json.dumps([row_of(case, rules[case["service"]]) for case in cases]))
    return run_checks("cds_features", [check_of(case, rules[case["service"]]) for case in cases], None)


if __name__ == "__main__":
    sys.exit(main())
