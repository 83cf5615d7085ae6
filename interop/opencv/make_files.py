"""Writes pictures with OpenCV, and which steps our server is to run on them."""

from __future__ import annotations

import argparse
import dataclasses
import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from step_cases import MODELS, cases

Picture = tuple[str, str, np.ndarray]

# An EXIF segment whose one entry, Orientation, is 6: the camera was turned.
EXIF_TURNED = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
REAL_WIDTH, REAL_HEIGHT = 301, 227


def noise(rng: np.random.Generator, width: int, height: int, top: int = 256) -> np.ndarray:
    return rng.integers(0, top, (height, width, 3)).astype(np.uint8 if top == 256 else np.uint16)


def smooth(width: int, height: int) -> np.ndarray:
    """Waves of other lengths in each channel, over the whole range."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / a) + np.cos(y / b) + 2 for a, b in ((5, 7), (9, 4), (13, 17))]
    return np.clip(np.stack(waves, axis=2) * 64, 0, 255).astype(np.uint8)


def few_levels(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Like a film: large dark parts, so that a limit of contrast cuts."""
    blocks = rng.integers(0, 6, (-(-height // 9), -(-width // 7), 3)) * 37
    return np.kron(blocks, np.ones((9, 7, 1), int))[:height, :width].astype(np.uint8)


def real(file: Path) -> np.ndarray:
    """The middle of a real picture."""
    whole = cv2.imread(str(file), cv2.IMREAD_COLOR)
    height, width = whole.shape[:2]
    to_width, to_height = min(width, REAL_WIDTH), min(height, REAL_HEIGHT)
    top, left = (height - to_height) // 2, (width - to_width) // 2
    return whole[top : top + to_height, left : left + to_width]


def pictures(real_files: list[Path]) -> Iterator[Picture]:
    """Model, name and pixels of each, blue first, as OpenCV writes them."""
    rng = np.random.default_rng(1)
    colours = {
        "noise-97x61": noise(rng, 97, 61),
        "smooth-64x31": smooth(64, 31),
        "blocks-83x120": few_levels(rng, 83, 120),
        **{f"{file.stem}-{file.parent.name}": real(file) for file in real_files},
    }
    for name, pixels in colours.items():
        yield "rgb", f"{name}.png", pixels
        yield "gray", f"{name}-gray.png", np.ascontiguousarray(pixels[:, :, 1])
        yield "gray-of-colour", f"{name}-colour.png", pixels
        yield "bgr", f"{name}-bgr.png", pixels
        yield "fraction", f"{name}-fraction.png", pixels
    for name, (width, height) in {"wide-97x61": (97, 61), "wide-40x33": (40, 33)}.items():
        pixels = noise(rng, width, height, 65_536)
        yield "wide-rgb", f"{name}.png", pixels
        yield "wide-rgb", f"{name}.tiff", pixels
        yield "wide-gray", f"{name}-gray.png", np.ascontiguousarray(pixels[:, :, 0])
        yield "wide-fraction", f"{name}-fraction.png", np.ascontiguousarray(pixels[:, :, 0])
    yield "gray-of-colour", "every-third-level.png", every_third_level()
    for name in ("smooth-64x31", "blocks-83x120", *(f"{file.stem}-{file.parent.name}" for file in real_files)):
        for extension in ("bmp", "tiff", "jpg", "turned.jpg"):
            yield "rgb-files", f"{name}.{extension}", colours[name]


def every_third_level() -> np.ndarray:
    """Colours of a grid through the whole cube: 0, 3, …, 255 in each channel."""
    levels = np.arange(0, 256, 3, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    return cube.reshape(levels.size, -1, 3)


def write(file: Path, pixels: np.ndarray) -> None:
    if not cv2.imwrite(str(file), pixels):
        raise OSError(f"OpenCV did not write {file.name}")
    if file.name.endswith(".turned.jpg"):
        stream = file.read_bytes()
        segment = b"\xff\xe1" + struct.pack(">H", len(EXIF_TURNED) + 2) + EXIF_TURNED
        file.write_bytes(stream[:2] + segment + stream[2:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("real", nargs="*", type=Path, help="real pictures")
    options = parser.parse_args()
    listed = []
    for model, name, pixels in pictures(options.real):
        write(options.folder / name, pixels)
        listed.append({"model": model, "file": name})
    inputs = [
        {key: value for key, value in dataclasses.asdict(case).items() if key != "opinions"} for case in cases()
    ]
    index = {"models": [dataclasses.asdict(model) for model in MODELS], "inputs": inputs, "pictures": listed}
    (options.folder / "cases.json").write_text(json.dumps(index), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
