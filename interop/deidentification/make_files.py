"""Writes pictures and volumes that hold a planted name, with the libraries that others write them with."""

from __future__ import annotations

import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import tifffile
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

PLANTED = "VANDENBERG^PIETER"
COMPRESSIONS = ["none", "lzw", "zlib", "packbits", "jpeg", "jpeg2000"]


def picture(colours: bool) -> np.ndarray:
    """A gradient with noise, so that entropy coders have something to do."""
    random = np.random.default_rng(5)
    shape = (70, 90, 3) if colours else (70, 90)
    ramp = np.linspace(0, 200, 70 * 90).reshape(70, 90)
    return ((ramp[..., None] if colours else ramp) + random.integers(0, 40, shape)).astype(np.uint8)


def tiffs(folder: Path) -> None:
    texts = {"description": PLANTED, "software": PLANTED, "datetime": "1961:02:28 10:00:00"}
    extra = [(315, "s", 0, PLANTED, True), (65000, "s", 0, PLANTED, True), (700, "B", len(PLANTED), PLANTED.encode(), True)]
    for compression in COMPRESSIONS:
        for tile in (None, (32, 48)):
            for order in "<>":
                for is_big in (False, True):
                    name = f"{compression}-{'tiles' if tile else 'strips'}-{'little' if order == '<' else 'big'}-{'64' if is_big else '32'}"
                    with tifffile.TiffWriter(folder / f"{name}.tif", bigtiff=is_big, byteorder=order) as writer:
                        for colours in (True, False):
                            writer.write(
                                picture(colours),
                                photometric="rgb" if colours else "minisblack",
                                compression=None if compression == "none" else compression,
                                tile=tile,
                                rowsperstrip=None if tile else 16,
                                extratags=extra,
                                metadata=None,
                                **texts,
                            )


def pillow(folder: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x013B] = PLANTED
    exif[0x0112] = 1
    texts = PngInfo()
    texts.add_text("Patient", PLANTED)
    texts.add_text("Comment", PLANTED, zip=True)
    texts.add_itxt("Description", PLANTED)
    colour, gray = Image.fromarray(picture(True)), Image.fromarray(picture(False))
    for name, image in (("rgb", colour), ("gray", gray), ("palette", colour.quantize(32))):
        kept = {"icc_profile": profile} if name == "rgb" else {}
        image.save(folder / f"{name}.png", pnginfo=texts, exif=exif, **kept)
        if name == "palette":
            continue
        for progressive in (False, True):
            options = {"exif": exif, "comment": PLANTED, "progressive": progressive, **kept}
            image.save(folder / f"{name}-{'progressive' if progressive else 'baseline'}.jpg", **options)


def volumes(folder: Path) -> None:
    random = np.random.default_rng(7)
    for name, kind, dtype in (("one", nib.Nifti1Image, np.int16), ("two", nib.Nifti2Image, np.float32)):
        image = kind((random.random((5, 6, 7)) * 100).astype(dtype), np.diag([1.0, 2.0, 3.0, 1.0]))
        image.header["descrip"] = PLANTED.encode()
        image.header["aux_file"] = PLANTED.encode()
        image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", PLANTED.encode()))
        nib.save(image, folder / f"{name}.nii")


if __name__ == "__main__":
    for make in (tiffs, pillow, volumes):
        make(Path(sys.argv[1]))
