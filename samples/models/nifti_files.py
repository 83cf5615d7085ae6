"""NIfTI-1 files as the samples need them: one volume, little endian, with an sform."""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass

import numpy as np

TYPES = {2: np.uint8, 4: np.int16, 8: np.int32, 16: np.float32, 64: np.float64}
MILLIMETRES = 2
HEADER_BYTES, DATA_OFFSET = 348, 352


@dataclass(frozen=True)
class Volume:
    values: np.ndarray
    """[first axis, second axis, third axis] of the file, after slope and intercept."""
    affine: np.ndarray
    """[3, 4]: indices to millimetres towards right, anterior, superior."""


def read_nifti(content: bytes) -> Volume:
    file = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    if struct.unpack_from("<i", file, 0) != (HEADER_BYTES,):
        raise ValueError("not a little-endian NIfTI-1 file")
    rank, *extents = struct.unpack_from("<8h", file, 40)
    extents, others = extents[:3], extents[3:rank]
    if any(extent != 1 for extent in others):
        raise ValueError("more than one volume")
    (code,) = struct.unpack_from("<h", file, 70)
    (offset,) = struct.unpack_from("<f", file, 108)
    slope, intercept = struct.unpack_from("<2f", file, 112)
    _, form = struct.unpack_from("<2h", file, 252)
    if form <= 0:
        raise ValueError("no sform")
    stored = np.frombuffer(file, TYPES[code], int(np.prod(extents)), int(offset))
    values = stored.reshape(extents, order="F")
    if slope not in (0.0, 1.0) or intercept != 0.0:
        values = values * np.float64(slope) + intercept
    return Volume(values, np.array(struct.unpack_from("<12f", file, 280)).reshape(3, 4))


def nifti_bytes(volume: Volume) -> bytes:
    """An uncompressed file of UINT8 values, in millimetres."""
    header = bytearray(DATA_OFFSET)
    struct.pack_into("<i", header, 0, HEADER_BYTES)
    struct.pack_into("<8h", header, 40, 3, *volume.values.shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 2, 8)
    spacing = np.linalg.norm(volume.affine[:, :3], axis=0)
    struct.pack_into("<8f", header, 76, 1, *spacing, 0, 0, 0, 0)
    struct.pack_into("<3f", header, 108, DATA_OFFSET, 1, 0)
    header[123] = MILLIMETRES
    # An sform in the space of a template (Montreal Neurological Institute).
    struct.pack_into("<2h", header, 252, 0, 4)
    struct.pack_into("<12f", header, 280, *volume.affine.reshape(-1))
    header[344:348] = b"n+1\0"
    return bytes(header) + volume.values.astype(np.uint8).tobytes(order="F")
