"""Writes messages and stubs of the contract to generated/: python generate.py <folder with the .proto files>."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

OUTPUT = Path(__file__).parent / "generated"
# google/rpc holds the details of errors.
WANTED = ("deephealth/runtime/v1/*.proto", "google/rpc/*.proto")


def main(protos: Path, output: Path) -> int:
    output.mkdir(parents=True, exist_ok=True)
    files = sorted(str(path.relative_to(protos)) for pattern in WANTED for path in protos.glob(pattern))
    well_known = resources.files("grpc_tools") / "_proto"
    flags = [f"-I{protos}", f"-I{well_known}", f"--python_out={output}", f"--grpc_python_out={output}"]
    return protoc.main(["protoc", *flags, *files])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else OUTPUT))
