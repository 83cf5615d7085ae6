"""Writes volumes and recordings with nibabel, pyedflib and wfdb, for our readers to read."""

from __future__ import annotations

import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pyedflib
import wfdb

NIFTI_TYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


def rotation(angles: tuple[float, float, float]) -> np.ndarray:
    """Turns about z, y and x, in this order."""
    a, b, c = angles
    z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    x = np.array([[1, 0, 0], [0, np.cos(c), -np.sin(c)], [0, np.sin(c), np.cos(c)]])
    return z @ y @ x


def volumes(folder: Path) -> None:
    """Every type in both versions and byte orders, with and without a scale, placed by sform or qform."""
    random = np.random.default_rng(20260)
    for name in NIFTI_TYPES:
        for image_class, version in ((nib.Nifti1Image, 1), (nib.Nifti2Image, 2)):
            for order in "<>":
                low, high = (-1000, 1000) if name[0] == "f" else (0, 100)
                data = random.integers(low, high, (5, 4, 3)).astype(order + name)
                affine = np.eye(4)
                turned = rotation((0.2, -0.3, 0.1)) @ np.diag([0.7, -1.1, 2.5])
                affine[:3, :3] = turned
                affine[:3, 3] = [-12.5, 33.25, 7]
                header = image_class.header_class(endianness=order)
                header.set_data_dtype(data.dtype)
                image = image_class(data, affine, header)
                by_qform = version == 2 and order == ">"
                image.set_qform(affine, code=1)
                image.set_sform(affine, code=0 if by_qform else 2)
                if name in ("i2", "u1"):
                    image.header.set_slope_inter(0.25, -3)
                suffix = "nii.gz" if order == "<" else "nii"
                image.to_filename(folder / f"{name}-{version}-{'big' if order == '>' else 'little'}.{suffix}")


def recordings(folder: Path) -> None:
    """EDF+ and BDF+ of several rates with annotations; WFDB in the three formats."""
    random = np.random.default_rng(11)
    for name, kind, digital in (("edf", pyedflib.FILETYPE_EDFPLUS, 32767), ("bdf", pyedflib.FILETYPE_BDFPLUS, 8388607)):
        writer = pyedflib.EdfWriter(str(folder / f"made.{name}"), 3, file_type=kind)
        rates = [256, 256, 32]
        for channel, rate in enumerate(rates):
            writer.setSignalHeader(channel, {
                "label": f"ch{channel}", "dimension": ["uV", "mV", "degC"][channel], "sample_frequency": rate,
                "physical_max": 312.5, "physical_min": -187.25, "digital_max": digital, "digital_min": -digital - 1,
                "transducer": "", "prefilter": "",
            })
        writer.writeSamples([random.uniform(-180, 300, rate * 7) for rate in rates])
        writer.writeAnnotation(1.25, -1, "spike")
        writer.writeAnnotation(3.5, 2.125, "seizure, left")
        writer.close()
    for fmt, bits in (("16", 15), ("212", 11), ("80", 7)):
        top = 2**bits - 2
        digital = random.integers(-top, top, (501, 3))
        wfdb.wrsamp(f"made{fmt}", fs=125, units=["mV", "uV", "mmHg"], sig_name=["II", "V 1", "ABP"], d_signal=digital,
                    fmt=[fmt] * 3, adc_gain=[200.0, 0.5, 12.25], baseline=[0, -17, 100], write_dir=str(folder))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    volumes(target)
    recordings(target)
