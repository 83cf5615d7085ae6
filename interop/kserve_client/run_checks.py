"""Checks a running server with unmodified clients of KServe."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import grpc_checks
import rest_checks
from check_report import run_checks
from kserve_peer import KservePeer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port of the server")
    parser.add_argument("--http-address", required=True, help="host:port of the server's HTTP face")
    parser.add_argument(
        "--expected", required=True, type=Path, help="what the server's models must answer, JSON"
    )
    options = parser.parse_args()
    peer = KservePeer(options.address, f"http://{options.http_address}", options.expected)
    try:
        checks = [peer.in_loop(check) for module in (grpc_checks, rest_checks) for check in module.CHECKS]
        return run_checks("kserve_client", checks, peer)
    finally:
        peer.close()


if __name__ == "__main__":
    sys.exit(main())
