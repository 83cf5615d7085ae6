"""Steps of an image input as docs/package-format.md defines them, in float64."""

from __future__ import annotations

import base64
import io
from typing import Any, Callable, Mapping, Sequence

import numpy as np
from PIL import Image

Rounding = Callable[[np.ndarray], np.ndarray]


def exactly(values: np.ndarray) -> np.ndarray:
    return values


def decoded(content: bytes, colour: str) -> np.ndarray:
    """A file of 8 bits as whole numbers [height, width, channels]."""
    picture = Image.open(io.BytesIO(content))
    wanted = {"gray": "L", "rgb": "RGB"}[colour]
    if picture.mode != wanted:
        raise ValueError(f"a picture of mode {picture.mode}: the samples hold {wanted}")
    return np.asarray(picture).reshape(picture.height, picture.width, -1)


def run_steps(
    steps: Sequence[Mapping[str, Any]], content: bytes, rounding: Rounding = exactly
) -> np.ndarray:
    """The tensor [1, channels, height, width]. `rounding` is applied after every step."""
    first, *rest = steps
    values = decoded(content, first["colour"]).astype(np.float64)
    if first.get("values") == "fraction":
        values = rounding(values / 255)
    for step in rest:
        if step["op"] == "decode_dicom_colour":
            # Each file takes its own decoder, and the samples are no DICOM files.
            continue
        if step["op"] == "resize_image_by" and step["interpolation"] == "area":
            if step["scaleX"] != step["scaleY"]:
                raise ValueError("the samples scale both axes alike")
            values = area_resized(values, step["scaleX"])
        elif step["op"] == "image_to_tensor" and step["layout"] == "CHW":
            values = (values * step["scale"] - np.array(step["mean"])) / np.array(step["std"])
            values = np.moveaxis(values, 2, 0)[None]
        else:
            raise ValueError(f"unexpected step {step['op']}")
        values = rounding(values)
    return values


def area_resized(image: np.ndarray, scale: float) -> np.ndarray:
    """Each new pixel is the mean of the part of the image that it covers."""
    height, width = (int(np.floor(extent * scale + 0.5)) for extent in image.shape[:2])
    rows, columns = covered(image.shape[0], height), covered(image.shape[1], width)
    return np.stack(
        [rows @ image[:, :, channel] @ columns.T for channel in range(image.shape[2])], axis=2
    )


def covered(before: int, after: int) -> np.ndarray:
    """[after, before]: the share of each new sample that lies in each old one."""
    ends = np.arange(after + 1) * before / after
    old = np.arange(before)
    shared = np.minimum(ends[1:, None], old + 1) - np.maximum(ends[:-1, None], old)
    return np.maximum(shared, 0) * after / before


def image_value(path: str, content: bytes) -> dict[str, Any]:
    """A sample input file in the notation of golden cases."""
    if not path.endswith(".png"):
        raise ValueError("sample images are PNG files")
    return {"mediaType": "image/png", "base64": base64.b64encode(content).decode(), "frame": 0}
