"""Compares results of the kernels with those of OpenCV, SciPy, scikit-image and Pillow."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import mask_checks
import pixel_checks
import resize_checks
from check_report import run_checks
from kernel_cases import KernelCases


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", required=True, type=Path, help="folder of what the kernels were given and gave")
    options = parser.parse_args()
    checks = [check for module in (resize_checks, pixel_checks, mask_checks) for check in module.CHECKS]
    return run_checks("native_kernels", checks, KernelCases(options.cases))


if __name__ == "__main__":
    sys.exit(main())
