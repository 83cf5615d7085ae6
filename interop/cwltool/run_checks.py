"""Reads what the workflows have left with zarr."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import zarr
from check_report import expect_equal, expect_true, run_checks


def array(folder: Path, name: str) -> np.ndarray:
    group = zarr.open(str(folder / f"{name}.zip"), mode="r")
    return group[name][:]


def stages(folder: Path) -> None:
    """The second stage has the values of the first where the filter lets it, and 0 elsewhere"""
    low, high = array(folder, "tissue_low"), array(folder, "tumor")
    expect_equal("shape", high.shape, low.shape)
    expect_equal("type", high.dtype, np.uint8)
    # The same model twice, so the same value wherever it was asked.
    wanted = np.where(low > 80, low, 0)
    expect_true("some cells pass and some do not", 0 < (low > 80).sum() < low.size)
    expect_equal("cells that differ", int((wanted != high).sum()), 0)


def tool(folder: Path) -> None:
    """The CommandLineTool leaves the results of deephealth slide predict"""
    report = json.loads((folder / "results" / "tissue.report.json").read_text())
    expect_equal("slide", report["slide"]["name"], "block.tif")
    for file in report["files"]:
        expect_true(file, (folder / "results" / file).exists())
    expect_true("area", 0 < report["classes"][0]["areaMm2"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    sys.exit(run_checks("cwltool", [stages, tool], parser.parse_args().folder))
