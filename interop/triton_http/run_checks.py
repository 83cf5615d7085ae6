"""Checks a running server with an unmodified tritonclient over HTTP."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import concurrency_checks
import metadata_checks
import refusal_checks
import tensor_checks
from check_report import run_checks
from http_peer import HttpPeer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--http-address", required=True, help="host:port of the server's HTTP face")
    parser.add_argument(
        "--expected", required=True, type=Path, help="what the server's models must answer, JSON"
    )
    options = parser.parse_args()
    modules = (metadata_checks, tensor_checks, refusal_checks, concurrency_checks)
    checks = [check for module in modules for check in module.CHECKS]
    return run_checks("triton_http", checks, HttpPeer(options.http_address, options.expected))


if __name__ == "__main__":
    sys.exit(main())
