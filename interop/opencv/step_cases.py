"""Every step of an image, as ECVL's text or as the manifest has it, and what it must give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import references as ref
from references import Reference

ONE_ULP_OF_ONE = 2.0**-23
# OpenCV's weights and sums are FP32, ours FP64.
FP32_OF_256_LEVELS = 1e-4


@dataclass(frozen=True)
class Opinion:
    """What another implementation gives, and by how much it may differ: levels of integers, or FP32."""

    by: str
    expected: Reference
    most: float = 0.0


@dataclass(frozen=True)
class StepCase:
    """One input of a model: steps between decoding and tensor, or ECVL's text for them."""

    name: str
    model: str
    opinions: tuple[Opinion, ...]
    augmentations: str | None = None
    steps: tuple[dict[str, Any], ...] = ()
    tensor: dict[str, Any] | None = None


@dataclass(frozen=True)
class StepModel:
    """How the pictures of a model are decoded."""

    name: str
    channels: int
    colour: str
    values: str = "uint8"


MODELS = (
    StepModel("gray", 1, "gray"),
    StepModel("rgb", 3, "rgb"),
    StepModel("gray-of-colour", 1, "gray"),
    StepModel("bgr", 3, "bgr"),
    StepModel("wide-gray", 1, "gray", "uint16"),
    StepModel("wide-rgb", 3, "rgb", "uint16"),
    StepModel("fraction", 3, "rgb", "fraction"),
    StepModel("wide-fraction", 1, "gray", "fraction"),
    StepModel("rgb-files", 3, "rgb"),
)

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
OPENCV, ECVL = "OpenCV", "ECVL's formula"


def lines(*text: str) -> str:
    return "\n".join(["SequentialAugmentationContainer", *text, "end"])


def cases() -> Iterator[StepCase]:
    for model in MODELS:
        yield StepCase("plain", model.name, plain_opinions(model))
    for model in ("gray", "rgb"):
        yield from resizes(model)
        yield from movements(model)
        yield from arithmetic(model)
    yield from per_channel()
    yield from product_steps()
    yield from whole_texts()


def plain_opinions(model: StepModel) -> tuple[Opinion, ...]:
    """Decoding alone."""
    if model.name == "gray-of-colour":
        return (Opinion(OPENCV, ref.gray_by_opencv, 1), Opinion(ECVL, ref.gray_by_ecvl, 1))
    if model.name == "bgr":
        return (Opinion(OPENCV, ref.blue_first),)
    if model.values == "fraction":
        # Ours multiplies by the reciprocal in FP64, NumPy divides: the one rounding may fall on either side.
        return (Opinion("NumPy", ref.fraction, ONE_ULP_OF_ONE),)
    return (Opinion(OPENCV, ref.same),)


def resizes(model: str) -> Iterator[StepCase]:
    for interp in ref.INTERPOLATIONS:
        levels = 0 if interp == "nearest" else 1
        for width, height in ((32, 20), (150, 131), (20, 90)):
            yield StepCase(
                f"AugResizeDim {interp} {width}x{height}",
                model,
                (Opinion(OPENCV, ref.resized(width, height, interp), levels),),
                f'AugResizeDim dims=({width},{height}) interp="{interp}"',
            )
        for x, y in ((0.5, 0.5), (1.7, 0.6)):
            yield StepCase(
                f"AugResizeScale {interp} {x},{y}",
                model,
                (Opinion(OPENCV, ref.resized_by(x, y, interp), levels),),
                f'AugResizeScale scale=({x},{y}) interp="{interp}"',
            )
        yield StepCase(
            f"AugResizeDim {interp} of FP32",
            model,
            (Opinion(OPENCV, ref.in_order(ref.to_float, ref.resized(45, 70, interp)), 0 if levels == 0 else FP32_OF_256_LEVELS),),
            lines("AugToFloat32 divisor=1", f'AugResizeDim dims=(45,70) interp="{interp}"'),
        )


def movements(model: str) -> Iterator[StepCase]:
    square, region = ref.center_cropped(), ref.center_cropped(31, 17)
    yield StepCase("AugCenterCrop", model, (Opinion(ECVL, square),), "AugCenterCrop")
    yield StepCase("AugCenterCrop 31x17", model, (Opinion(ECVL, region),), "AugCenterCrop size=(31,17)")
    yield StepCase("AugMirror", model, (Opinion(OPENCV, ref.flipped(1)),), "AugMirror p=1")
    yield StepCase("AugFlip", model, (Opinion(OPENCV, ref.flipped(0)),), "AugFlip p=1")
    yield StepCase("AugTranspose", model, (Opinion(OPENCV, ref.transposed),), "AugTranspose p=1")


def arithmetic(model: str) -> Iterator[StepCase]:
    def of_bytes(name: str, text: str, *opinions: Opinion) -> StepCase:
        return StepCase(f"{name} of UINT8", model, opinions, text)

    def of_floats(name: str, text: str, *opinions: Opinion) -> StepCase:
        on_floats = tuple(Opinion(o.by, ref.in_order(ref.to_float, o.expected), o.most) for o in opinions)
        return StepCase(f"{name} of FP32", model, on_floats, lines("AugToFloat32 divisor=1", text))

    yield of_bytes("AugToFloat32 1", "AugToFloat32 divisor=1", Opinion(OPENCV, ref.to_float))
    yield of_bytes(
        "AugToFloat32 255",
        "AugToFloat32 divisor=255 divisor_gt=255",
        Opinion(ECVL, ref.in_order(ref.to_float, ref.divided(255))),
        Opinion(OPENCV, ref.divided_by_opencv(255), ONE_ULP_OF_ONE),
    )
    yield of_bytes("AugDivBy255", "AugDivBy255", Opinion(ECVL, ref.divided(255)))
    yield of_floats("AugDivBy255", "AugDivBy255", Opinion(ECVL, ref.divided(255)))
    yield of_bytes("AugNormalize", "AugNormalize mean=99.5 std=0.7", Opinion(ECVL, ref.normalized(99.5, 0.7)))
    yield of_floats("AugNormalize", "AugNormalize mean=99.5 std=57.3", Opinion(ECVL, ref.normalized(99.5, 57.3)))
    yield of_bytes(
        "AugScaleTo",
        "AugScaleTo new_min=10 new_max=240",
        Opinion(ECVL, ref.scaled_to(10, 240)),
        # OpenCV rounds to the nearest level, ECVL cuts off.
        Opinion(OPENCV, ref.minmax_by_opencv(10, 240), 1),
    )
    yield of_floats(
        "AugScaleTo",
        "AugScaleTo new_min=-1 new_max=1",
        Opinion(ECVL, ref.scaled_to(-1, 1)),
        Opinion(OPENCV, ref.minmax_by_opencv(-1, 1), 4 * ONE_ULP_OF_ONE),
    )
    text = "AugScaleFromTo old_min=20.5 old_max=190 new_min=0 new_max=255"
    yield of_bytes("AugScaleFromTo", text, Opinion(ECVL, ref.scaled_from_to(20.5, 190, 0, 255)))
    text = "AugScaleFromTo old_min=20.3 old_max=190.7 new_min=0 new_max=1"
    yield of_floats("AugScaleFromTo", text, Opinion(ECVL, ref.scaled_from_to(20.3, 190.7, 0, 1)))


def per_channel() -> Iterator[StepCase]:
    mean, std = (str(values).replace(" ", "") for values in (MEAN, STD))
    before = ref.in_order(ref.to_float, ref.divided(255))
    yield StepCase(
        "AugNormalize per channel",
        "rgb",
        (
            Opinion(ECVL, ref.in_order(before, ref.normalized(MEAN, STD))),
            Opinion(OPENCV, ref.in_order(before, ref.normalized_by_opencv(MEAN, STD)), 8 * ONE_ULP_OF_ONE),
        ),
        lines("AugToFloat32 divisor=255 divisor_gt=255", f"AugNormalize mean={mean} std={std}"),
    )


def product_steps() -> Iterator[StepCase]:
    """What ECVL has no augmentation for."""
    for clip_limit, x, y in ((2.0, 8, 8), (40.0, 3, 5), (0.01, 4, 4), (3.0, 1, 1)):
        step = {"op": "clahe_image", "clipLimit": clip_limit, "tilesX": x, "tilesY": y}
        yield StepCase(
            f"clahe_image {clip_limit:g} {x}x{y}", "gray", (Opinion(OPENCV, ref.equalized(clip_limit, x, y)),), steps=(step,)
        )
    cast = {"op": "cast_image", "dataType": "FP32"}
    halves = ({"op": "divide_image", "divisor": 2}, {"op": "cast_image", "dataType": "UINT8"})
    for model in ("gray", "rgb"):
        yield StepCase(
            "cast_image UINT8 of halves",
            model,
            (Opinion(OPENCV, ref.in_order(ref.to_float, ref.divided(2), ref.cast_to_bytes)),),
            steps=(cast, *halves),
        )
        yield StepCase(
            "clip",
            model,
            (Opinion(OPENCV, ref.in_order(ref.to_float, ref.clipped(30, 200))),),
            steps=(cast, {"op": "clip", "minimum": 30, "maximum": 200}),
        )
    for model in ("wide-gray", "wide-rgb"):
        for interp in ref.INTERPOLATIONS:
            levels = {"nearest": 0, "cubic": 8}.get(interp, 1)
            manifest = "nearest-corner" if interp == "nearest" else interp
            yield StepCase(
                f"resize_image {manifest} of UINT16",
                model,
                (Opinion(OPENCV, ref.resized(45, 70, interp), levels),),
                steps=({"op": "resize_image", "width": 45, "height": 70, "interpolation": manifest},),
            )
    yield StepCase(
        "image_to_tensor CHW",
        "rgb",
        (Opinion(f"{OPENCV}'s blobFromImage", ref.blob(1 / 255, MEAN, STD), 8 * ONE_ULP_OF_ONE),),
        tensor={"layout": "CHW", "scale": 1 / 255, "mean": MEAN, "std": STD},
    )


def whole_texts() -> Iterator[StepCase]:
    """Texts as the DeepHealth toolkit and its use cases have them."""
    to_unit = ref.in_order(ref.to_float, ref.divided(255))
    for model in ("gray", "rgb"):
        yield StepCase(
            "text of the toolkit",
            model,
            (Opinion(OPENCV, ref.in_order(ref.resized(224, 224, "cubic"), to_unit), 1.001 / 255),),
            lines('AugResizeDim dims=(224,224) interp="cubic"', "AugToFloat32 divisor=255 divisor_gt=255"),
        )
    mean, std = (str(values).replace(" ", "") for values in (MEAN, STD))
    yield StepCase(
        "text of ISIC",
        "rgb",
        (
            Opinion(
                OPENCV,
                ref.in_order(
                    ref.center_cropped(), ref.resized(28, 28, "area"), to_unit, ref.normalized(MEAN, STD)
                ),
                # One level, as the smallest of the deviations makes it larger.
                1.001 / 255 / min(STD),
            ),
        ),
        lines(
            "AugCenterCrop",
            'AugResizeDim dims=(28,28) interp="area"',
            "AugToFloat32 divisor=255 divisor_gt=255",
            f"AugNormalize mean={mean} std={std}",
        ),
    )
