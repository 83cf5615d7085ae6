"""What every training script does besides training: its arguments, and the figures that it leaves."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def arguments_of(description: str | None) -> argparse.Namespace:
    """`data`, the folder with the data sets, and `out`, which is there afterwards."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    return arguments


def say(line: str) -> None:
    """At once, also where the output goes into a file: a training takes minutes."""
    print(line, flush=True)


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
