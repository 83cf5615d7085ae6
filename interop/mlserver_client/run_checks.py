"""Checks a running server with MLServer's own client side."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import batch_checks
import grpc_checks
import rest_checks
from check_report import run_checks
from mlserver_peer import MlserverPeer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port of the server")
    parser.add_argument("--http-address", required=True, help="host:port of the server's HTTP face")
    parser.add_argument("--scratch", required=True, type=Path, help="folder for files of these checks")
    parser.add_argument(
        "--expected", required=True, type=Path, help="what the server's models must answer, JSON"
    )
    options = parser.parse_args()
    peer = MlserverPeer(options.address, options.http_address, options.expected, options.scratch)
    checks = [check for module in (grpc_checks, rest_checks, batch_checks) for check in module.CHECKS]
    return run_checks("mlserver_client", checks, peer)


if __name__ == "__main__":
    sys.exit(main())
