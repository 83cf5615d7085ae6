"""Checks the DICOM images of a running server against pydicom."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from check_report import run_checks
from dicom_peer import DicomPeer
from file_checks import file_checks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port of the server")
    parser.add_argument("--data", required=True, type=Path, help="folder with the real files")
    options = parser.parse_args()
    return run_checks("dicom", file_checks(options.data), DicomPeer(options.address))


if __name__ == "__main__":
    sys.exit(main())
