"""Reads recordings in FHIR by the rules of bindings/cds-hooks.json, beside the signals that our mapping made.

Only the standard library. SampledData, EDF and format 212 of the MIT-BIH database are read here anew.
"""

from __future__ import annotations

import argparse
import base64
import json
import struct
import sys
from pathlib import Path
from typing import Any, Callable

from check_report import expect_close, expect_equal, expect_true, run_checks

UCUM = "http://unitsofmeasure.org"
VOLTS = {"V": 1.0, "mV": 1e-3, "uV": 1e-6}
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
# Units as EDF files write them.
EDF_UNITS = {"uV": "uV", "mV": "mV", "V": "V"}
CLOSE = 1e-6

Rows = list[list[float]]


class Unusable(Exception):
    """Why there are no samples, in the words of our mapping."""


def in_volts(unit: str | None) -> float:
    if unit is None:
        raise Unusable("unit-unknown")
    if unit not in VOLTS:
        raise Unusable("unit-inconvertible")
    return VOLTS[unit]


def from_sampled_data(data: dict[str, Any], place: dict[str, int] | None) -> tuple[list[float], float, str | None]:
    """Samples of one dimension, their rate and their unit."""
    origin = data["origin"]
    unit = origin.get("code") if origin.get("system") == UCUM else None
    if unit is None:
        raise Unusable("unit-unknown")
    seconds = data["period"] / 1000 if "period" in data else data["interval"] * SECONDS[data["intervalUnit"]]
    words = data["data"].split()
    if any(word in ("E", "U", "L") for word in words):
        raise Unusable("unreadable")
    index, of = (place["index"], place["of"]) if place else (0, 1)
    if data["dimensions"] != of:
        raise Unusable("ambiguous")
    scaled = [origin["value"] + float(word) * data.get("factor", 1) for word in words]
    return scaled[index::of], 1 / seconds, unit


def from_edf(raw: bytes) -> dict[str, tuple[list[float], float, str | None]]:
    """Channels by label; a label that is there twice is left out."""
    records, duration, count = int(raw[236:244]), float(raw[244:252]), int(raw[252:256])
    at = 256

    def column(width: int) -> list[str]:
        nonlocal at
        cells = [raw[at + i * width : at + (i + 1) * width].decode("latin-1").strip() for i in range(count)]
        at += width * count
        return cells

    labels, _, units = column(16), column(80), column(8)
    lows, highs, bottoms, tops = (list(map(float, column(8))) for _ in range(4))
    column(80)
    sizes = list(map(int, column(8)))
    column(32)
    samples: list[list[float]] = [[] for _ in labels]
    for _ in range(records):
        for i, size in enumerate(sizes):
            gain = (highs[i] - lows[i]) / (tops[i] - bottoms[i]) if tops[i] != bottoms[i] else 0
            stored = struct.unpack_from(f"<{size}h", raw, at)
            samples[i].extend((value - bottoms[i]) * gain + lows[i] for value in stored)
            at += size * 2
    return {
        label: (samples[i], sizes[i] / duration, EDF_UNITS.get(units[i]))
        for i, label in enumerate(labels)
        if duration > 0 and labels.count(label) == 1
    }


def from_record(path: str, channels: int, count: int) -> Rows:
    """Millivolts of a record of two signals in format 212, with gain and zero of its header."""
    header = Path(path + ".hea").read_text().splitlines()[1 : 1 + channels]
    gains = [float(line.split()[2].split("(")[0].split("/")[0]) for line in header]
    zeros = [int(line.split()[4]) for line in header]
    raw = Path(path + ".dat").read_bytes()
    rows: Rows = [[], []]
    for i in range(count):
        low, both, high = raw[3 * i : 3 * i + 3]
        pair = (low | (both & 0x0F) << 8, high | (both & 0xF0) << 4)
        for row, value in enumerate(pair):
            signed = value - 4096 if value >= 2048 else value
            rows[row].append((signed - zeros[row]) / gains[row])
    return rows


def newest(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return max(resources, key=lambda one: one.get("effectiveDateTime") or one["context"]["period"]["end"])


def rows_of(case: dict[str, Any]) -> Rows:
    resource, spec, binding = newest(case["resources"]), case["spec"], case["signal"]
    found: dict[str, tuple[list[float], float, str | None]] = {}
    if resource["resourceType"] == "Observation":
        for name, channel in binding["channels"].items():
            codes = {(code["system"], code["code"]) for code in channel["codes"]}
            for component in resource["component"]:
                if any((coding["system"], coding["code"]) in codes for coding in component["code"]["coding"]):
                    found[name] = from_sampled_data(component["valueSampledData"], channel.get("interleaved"))
    else:
        found = from_edf(base64.b64decode(resource["content"][0]["attachment"]["data"]))
    rows: Rows = []
    for channel in spec["channels"]:
        samples, rate, unit = found[channel["name"]]
        if abs(rate - spec["samplingRateHz"]) > spec["samplingRateHz"] * 1e-6:
            raise Unusable("rate-mismatch")
        if not spec["samples"]["minimum"] <= len(samples) <= spec["samples"]["maximum"]:
            raise Unusable("length-mismatch")
        ratio = in_volts(unit) / VOLTS[channel["unit"]]
        rows.append([sample * ratio for sample in samples])
    return rows


def expect_rows(what: str, received: Rows, expected: Rows) -> None:
    expect_equal("channels", len(received), len(expected))
    for row, (ours, theirs) in enumerate(zip(received, expected, strict=True)):
        # Of large numbers, FP32 has no more digits.
        largest = max(1.0, max(abs(value) for value in theirs))
        expect_close(f"{what}, channel {row}", ours, theirs, CLOSE * largest)


def check_of(case: dict[str, Any]) -> Callable[[None], None]:
    def check(_: None) -> None:
        try:
            expected = rows_of(case)
        except Unusable as unusable:
            expect_equal("why not", case.get("why"), str(unusable))
            return
        expect_true(f"samples, and not {case.get('why')}", "samples" in case)
        expect_rows("samples", case["samples"], expected)
        expect_close("rate", [case["samplingRateHz"]], [case["spec"]["samplingRateHz"]], 1e-3)
        if "golden" in case:
            expect_rows("golden samples", case["samples"], case["golden"])
        if "record" in case:
            stored = from_record(case["record"], len(expected), len(expected[0]))
            expect_rows("samples of the database", case["samples"], [[value * 1000 for value in row] for row in stored])

    check.__doc__ = case["name"]
    return check


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=Path, required=True)
    cases = json.loads(parser.parse_args().cases.read_text())
    return run_checks("cds_signals", [check_of(case) for case in cases], None)


if __name__ == "__main__":
    sys.exit(main())
