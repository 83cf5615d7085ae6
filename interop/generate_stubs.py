"""Generates Python messages and stubs from the contract: generate_stubs.py <proto folder> <output folder>."""

from __future__ import annotations

import shutil
import sys
from importlib import resources
from pathlib import Path

from grpc_tools import protoc


def main(proto_folder: Path, output: Path) -> int:
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    files = sorted(str(path.relative_to(proto_folder)) for path in proto_folder.rglob("*.proto"))
    well_known = resources.files("grpc_tools") / "_proto"
    return protoc.main(
        [
            "protoc",
            f"-I{proto_folder}",
            f"-I{well_known}",
            f"--python_out={output}",
            f"--grpc_python_out={output}",
            *files,
        ]
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
