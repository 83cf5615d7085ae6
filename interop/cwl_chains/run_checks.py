"""Validates every exported document: CWL by cwltool, descriptors by the schema of Boutiques."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

from boutiques import bosh
from check_report import expect_equal, expect_true, run_checks
from cwltool.main import main as cwltool

WORKFLOWS = ("workflow.cwl", "packed.cwl")


def validate(path: str, *options: str) -> tuple[int, str]:
    said = io.StringIO()
    code = cwltool(["--validate", "--strict", "--enable-ext", *options, path], stdout=said, stderr=said)
    return code, said.getvalue()


def expect_valid(path: Path, fragment: str = "") -> None:
    code, said = validate(f"{path}{fragment}")
    expect_equal(f"{path.parent.name}/{path.name}: {said}", code, 0)


def workflows(folder: Path) -> None:
    """Every workflow is valid CWL for cwltool, with its tools beside it and as "main" of one document"""
    found = sorted(folder.glob("*/workflow.cwl"))
    expect_true("documents", len(found) >= 8)
    for path in found:
        expect_valid(path)
        expect_valid(path.with_name("packed.cwl"), "#main")


def tools(folder: Path) -> None:
    """Every tool is valid CWL for cwltool by itself"""
    found = [path for path in sorted(folder.glob("*-demanding/*.cwl")) if path.name not in WORKFLOWS]
    expect_equal("documents", len(found), 20)
    # Those of other chains differ in the type of their studies alone.
    for path in found[:5]:
        expect_valid(path)


def wrong(folder: Path) -> None:
    """cwltool finds a source in a workflow that is none"""
    source = folder / "heart-disease-risk" / "workflow.cwl"
    document = json.loads(source.read_text())
    document["steps"]["merge"]["in"]["parts"] = "infer/nothing"
    broken = source.with_name("broken.cwl.json")
    broken.write_text(json.dumps(document))
    code, _ = validate(str(broken))
    expect_equal("exit code", code, 1)


def descriptors(folder: Path) -> None:
    """bosh validate takes every descriptor, and simulates the command of an invocation"""
    found = sorted(folder.glob("*/boutiques.json"))
    expect_true("descriptors", len(found) >= 8)
    for path in found:
        bosh(["validate", str(path)])
    descriptor = folder / "heart-disease-risk-demanding" / "boutiques.json"
    invocation = {"package": "model", "studies": ["a", "b"], "frame": 2, "highlight": "true", "uid_key": "key"}
    said = bosh(["exec", "simulate", str(descriptor), "-i", json.dumps(invocation)])
    expect_equal(
        "command",
        said.shell_command.split(),
        "deephealth batch model --chain risk --param frame=2 --param fromS=1e-07 --param highlight=true"
        " --uid-key-file key --out results a b".split(),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    checks = [workflows, tools, wrong, descriptors]
    sys.exit(run_checks("cwl_chains", checks, parser.parse_args().folder))
