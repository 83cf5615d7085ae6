"""Both slides as pictures with the drawn outlines on them, and the PathMNIST tiles."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

sys.path.append(str(Path(__file__).parents[2]))

from image_steps import area_resized  # noqa: E402
from outlines import CAMELYON, CMU, Drawing  # noqa: E402

NEITHER, GLASS, TISSUE = 0, 1, 2
CAMELYON_SIZE = (1152, 700)
CAMELYON_TILE = 256
PATH_CLASSES = (
    "adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle",
    "normal colon mucosa", "cancer-associated stroma", "colorectal adenocarcinoma",
)


@dataclass(frozen=True)
class Slide:
    picture: np.ndarray
    """[3, height, width], 0 to 1."""
    label: np.ndarray
    """[height, width]: NEITHER, GLASS or TISSUE."""


def read_cmu(data: Path, scale: float) -> Slide:
    """The slide region, whose pixels are 0.499 micrometres, reduced by `scale`."""
    with Image.open(data / "pathology" / "cmu-1-small-region.svs") as file:
        full = np.asarray(file.convert("RGB")) / 255.0
    return drawn(area_resized(full, scale), CMU)


def read_camelyon_tiles(data: Path) -> list[np.ndarray]:
    """The stored JPEG tiles, in rows: [256, 256, 3] UINT8 each. Those at the edges reach beyond it."""
    content = (data / "pathology" / "camelyon.dcm").read_bytes()
    width, height = CAMELYON_SIZE
    tiles = []
    start = content.find(b"\xff\xd8\xff")
    for _ in range(-(-width // CAMELYON_TILE) * -(-height // CAMELYON_TILE)):
        end = content.index(b"\xff\xd9", start)
        tile = Image.open(io.BytesIO(content[start : end + 2])).convert("RGB")
        tiles.append(np.asarray(tile))
        start = content.find(b"\xff\xd8\xff", end)
    return tiles


def read_camelyon(data: Path) -> Slide:
    """An overview of a whole slide, put together from its tiles."""
    width, height = CAMELYON_SIZE
    across = -(-width // CAMELYON_TILE)
    tiles = read_camelyon_tiles(data)
    rows = [np.concatenate(tiles[k : k + across], axis=1) for k in range(0, len(tiles), across)]
    return drawn(np.concatenate(rows)[:height, :width] / 255.0, CAMELYON)


def drawn(picture: np.ndarray, drawing: Drawing) -> Slide:
    height, width = picture.shape[:2]
    scale = width / drawing.width
    canvas = Image.new("L", (width, height), NEITHER)
    pen = ImageDraw.Draw(canvas)
    for outlines, value in (
        (drawing.glass, GLASS),
        (drawing.tissue, TISSUE),
        (drawing.uncounted, NEITHER),
    ):
        for outline in outlines:
            pen.polygon([(x * scale, y * scale) for x, y in outline], fill=value)
    return Slide(np.moveaxis(picture, 2, 0).astype(np.float32), np.asarray(canvas))


def read_tiles(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """[tile, 3, 28, 28] from 0 to 1, and the class of each tile."""
    with np.load(data / "pathology" / "pathmnist_test718.npz") as archive:
        names = {name.rsplit("_", 1)[-1]: name for name in archive}
        pictures, label = archive[names["images"]], archive[names["labels"]].reshape(-1)
    return np.moveaxis(pictures, 3, 1).astype(np.float32) / 255, label
