"""Cuts the pictures and volumes of the sample inputs from published packages.

    /usr/bin/python3 samples/inputs/make_image_inputs.py --out samples/inputs

Needs pip, apt, numpy and Pillow. The README says where the data come from. The small ones
are golden cases; whole ones lie in whole/, for people to look at what a model finds.
"""

from __future__ import annotations

import argparse
import gzip
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.append(str(Path(__file__).parent.parent / "models"))

from image_steps import area_resized  # noqa: E402
from nifti_files import Volume, nifti_bytes, read_nifti  # noqa: E402
from png_files import write_png  # noqa: E402
from published_packages import BRAIN, RETINA, SLIDE, read_debian_member, read_member  # noqa: E402

# Left and top of each crop, in pixels of the photograph.
RETINA_CROPS = {
    "disc": (140, 570),
    "branching": (330, 120),
    "fine-vessels": (930, 300),
    "fovea": (650, 660),
    "edge-of-field": (1300, 560),
}
RETINA_SIDE = 96

# Left and top of each crop, in pixels of the slide region reduced to a quarter (2 micrometres).
TISSUE_CROPS = {
    "stroma": (240, 520),
    "edge-of-tissue": (200, 410),
    "glass": (60, 500),
    "horn-lamellae": (330, 320),
    "green-ink": (430, 265),
}
TISSUE_SIDE = 48
TISSUE_REDUCTION, WHOLE_REDUCTION = 4, 8

# First voxel and extents, in voxels of the head: towards right, anterior, superior.
BRAIN_CROPS = {
    "left-head": ((52, 98, 45), (18, 24, 16)),
    "right-tail": ((107, 86, 52), (20, 22, 16)),
    "white-matter": ((56, 120, 90), (11, 10, 9)),
}
WHOLE_BRAIN_CROPS = {
    "hippocampus-left": ((47, 77, 45), (36, 52, 40)),
    "hippocampus-right": ((99, 77, 45), (36, 52, 40)),
}


def crop_volume(head: Volume, first: tuple[int, ...], extents: tuple[int, ...]) -> bytes:
    window = tuple(slice(start, start + extent) for start, extent in zip(first, extents))
    affine = head.affine.copy()
    affine[:, 3] += affine[:, :3] @ np.array(first)
    return nifti_bytes(Volume(head.values[window], affine))


def reduced(picture: np.ndarray, by: int) -> np.ndarray:
    return np.floor(area_resized(picture.astype(np.float64), 1 / by) + 0.5).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    names = ("retina-vessels", "tissue-pixels", "hippocampus-volume", "whole")
    retina, tissue, brain, whole = (out / name for name in names)
    for folder in (retina, tissue, brain, whole):
        folder.mkdir(parents=True, exist_ok=True)

    published = read_member(RETINA)
    (whole / "retina-left-eye.jpg").write_bytes(published)
    photograph = np.asarray(Image.open(io.BytesIO(published)))
    for name, (left, top) in RETINA_CROPS.items():
        side = RETINA_SIDE
        write_png(retina / f"{name}.png", photograph[top : top + side, left : left + side])

    with Image.open(io.BytesIO(read_member(SLIDE))) as file:
        region = np.asarray(file.convert("RGB"))
    quarter = reduced(region, TISSUE_REDUCTION)
    for name, (left, top) in TISSUE_CROPS.items():
        side = TISSUE_SIDE
        write_png(tissue / f"{name}.png", quarter[top : top + side, left : left + side])
    write_png(whole / "tissue-skin.png", reduced(region, WHOLE_REDUCTION))

    head = read_nifti(read_debian_member(BRAIN))
    for name, (first, extents) in BRAIN_CROPS.items():
        (brain / f"{name}.nii").write_bytes(crop_volume(head, first, extents))
    for name, (first, extents) in WHOLE_BRAIN_CROPS.items():
        content = gzip.compress(crop_volume(head, first, extents), mtime=0)
        (whole / f"{name}.nii.gz").write_bytes(content)


if __name__ == "__main__":
    main()
