"""Checks a running server with grpcio and code generated from the contract."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import contract_checks
import open_inference_checks
import refusal_checks
import standard_service_checks
import stream_checks
from check_report import run_checks
from runtime_peer import RuntimePeer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port of the server")
    parser.add_argument(
        "--expected", required=True, type=Path, help="what the server's models must answer, JSON"
    )
    options = parser.parse_args()
    modules = (contract_checks, stream_checks, refusal_checks, open_inference_checks, standard_service_checks)
    checks = [check for module in modules for check in module.CHECKS]
    return run_checks("python_grpc", checks, RuntimePeer(options.address, options.expected))


if __name__ == "__main__":
    sys.exit(main())
