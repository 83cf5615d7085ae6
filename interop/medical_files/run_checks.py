"""Holds what our readers and writers made of files against nibabel, pyedflib and wfdb."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pyedflib
import wfdb
from check_report import CheckFailed, expect_equal, expect_true, run_checks


@dataclass(frozen=True)
class Reading:
    """A file, and the numbers that we read from it."""

    path: Path
    kind: str
    about: dict[str, Any]
    arrays: list[np.ndarray]


def expect_fp32(what: str, received: np.ndarray, expected: np.ndarray) -> None:
    """Equal to the FP64 reference within one rounding to FP32; NaN stands where it stands."""
    expect_equal(f"{what}: shape", received.shape, expected.shape)
    wide = expected.astype(np.float64)
    allowed = np.maximum(np.abs(wide) * 2.0**-23, 1e-30)
    wrong = ~(np.abs(received - wide) <= allowed) & ~(np.isnan(received) & np.isnan(wide))
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise CheckFailed(f"{what} at {index}", float(wide[index]), float(received[index]))


def nifti(reading: Reading) -> None:
    image = nib.load(reading.path)
    expected = np.asarray(image.dataobj, dtype=np.float64)
    # Our order is k, j, i; theirs i, j, k.
    expect_fp32("voxels", reading.arrays[0].reshape(expected.T.shape), expected.T)
    affine = np.array(reading.about["affine"]).reshape(3, 4)
    expect_true("affine", np.allclose(affine, image.affine[:3], rtol=1e-6, atol=1e-5))


def recording(reading: Reading, channels: list[tuple[str, float, np.ndarray]]) -> None:
    found = [(c["name"], c["rate"]) for c in reading.about["channels"]]
    expect_equal("channels and rates", found, [(name, rate) for name, rate, _ in channels])
    for array, (name, _, expected) in zip(reading.arrays, channels, strict=True):
        expect_fp32(name, array, expected)


def edf(reading: Reading) -> None:
    with pyedflib.EdfReader(str(reading.path)) as reader:
        channels = [
            (reader.getLabel(i), float(reader.getSampleFrequency(i)), reader.readSignal(i))
            for i in range(reader.signals_in_file)
        ]
        recording(reading, channels)
        onsets, durations, texts = reader.readAnnotations()
    found = reading.about["annotations"]
    expect_equal("texts", [a["text"] for a in found], [str(text).strip() for text in texts])
    expect_true("onsets", np.allclose([a["onsetS"] for a in found], onsets, atol=1e-4))
    known = [max(float(d), 0.0) for d in durations]
    expect_true("durations", np.allclose([a.get("durationS", 0) for a in found], known, atol=1e-4))


def record(reading: Reading) -> None:
    read = wfdb.rdrecord(str(reading.path.with_suffix("")))
    recording(reading, [(name, float(read.fs), read.p_signal[:, i]) for i, name in enumerate(read.sig_name)])


def mask(reading: Reading) -> None:
    """A mask that the command wrote: on the grid of its input, and 1 where that reaches 50."""
    source = nib.load(reading.about["input"])
    written = nib.load(reading.path)
    expect_equal("shape", written.shape, source.shape)
    expect_true("affine bit for bit", np.array_equal(written.affine, source.affine))
    for field in ("sform_code", "qform_code"):
        expect_equal(field, int(written.header[field]), int(source.header[field]))
    expected = (np.asarray(source.dataobj, dtype=np.float64) >= 50).astype(np.uint8)
    received = np.asarray(written.dataobj)
    expect_equal("voxels that differ", int((received != expected).sum()), 0)
    expect_true("both classes occur", 0 < int(received.sum()) < received.size)


KINDS: dict[str, Callable[[Reading], None]] = {"nifti": nifti, "edf": edf, "wfdb": record, "mask": mask}


def checks_of(readings: Iterable[Reading]) -> list[Callable[[None], None]]:
    def check_of(reading: Reading) -> Callable[[None], None]:
        def check(_: None) -> None:
            KINDS[reading.kind](reading)

        check.__doc__ = f"{reading.kind} {reading.path.name} is what the reference reads"
        return check

    return [check_of(reading) for reading in readings]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", required=True, type=Path, help="what was read, JSON")
    options = parser.parse_args()
    entries = json.loads(options.index.read_text(encoding="utf-8"))
    readings = [
        Reading(Path(e["path"]), e["kind"], e, [np.fromfile(file, "<f4") for file in e["arrays"]]) for e in entries
    ]
    return run_checks("medical_files", checks_of(readings), None)


if __name__ == "__main__":
    sys.exit(main())
