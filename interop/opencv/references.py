"""What OpenCV, and ECVL's formulas written in NumPy, make of pixels [height, width, channels]."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

Pixels = np.ndarray
Reference = Callable[[Pixels], Pixels]

INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "area": cv2.INTER_AREA,
    "cubic": cv2.INTER_CUBIC,
}


def with_channels(pixels: Pixels) -> Pixels:
    """OpenCV drops the axis of a single channel."""
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def resized(width: int, height: int, interpolation: str) -> Reference:
    flag = INTERPOLATIONS[interpolation]
    return lambda x: with_channels(cv2.resize(x, (width, height), interpolation=flag))


def scaled_size(x: Pixels, factor_x: float, factor_y: float) -> tuple[int, int]:
    """ECVL's lround: half away from zero, where Python rounds half to even."""
    height, width = x.shape[:2]
    return int(np.floor(width * factor_x + 0.5)), int(np.floor(height * factor_y + 0.5))


def resized_by(factor_x: float, factor_y: float, interpolation: str) -> Reference:
    """By the new size alone, as ECVL does: the factors are not used again."""
    return lambda x: resized(*scaled_size(x, factor_x, factor_y), interpolation)(x)


def center_cropped(width: int | None = None, height: int | None = None) -> Reference:
    def crop(x: Pixels) -> Pixels:
        rows, columns = x.shape[:2]
        to_width, to_height = width or min(rows, columns), height or min(rows, columns)
        top, left = (rows - to_height) // 2, (columns - to_width) // 2
        return x[top : top + to_height, left : left + to_width]

    return crop


def flipped(code: int) -> Reference:
    return lambda x: with_channels(cv2.flip(x, code))


def transposed(x: Pixels) -> Pixels:
    return with_channels(cv2.transpose(x))


def to_float(x: Pixels) -> Pixels:
    return x.astype(np.float32)


def stored(values: Pixels, like: Pixels) -> Pixels:
    """ECVL's saturate_cast from FP64: held within the type; of integers, fractions are cut off."""
    if like.dtype == np.float32:
        return values.astype(np.float32)
    limits = np.iinfo(like.dtype)
    return np.trunc(np.clip(values, limits.min, limits.max)).astype(like.dtype)


def divided(divisor: float) -> Reference:
    return lambda x: stored(x.astype(np.float64) / divisor, x)


def normalized(mean: float | Sequence[float], std: float | Sequence[float]) -> Reference:
    return lambda x: stored((x.astype(np.float64) - np.asarray(mean)) / np.asarray(std), x)


def scaled_to(new_min: float, new_max: float) -> Reference:
    def scale(x: Pixels) -> Pixels:
        low, high = x.min(), x.max()
        # The difference is that of two numbers of the image's type.
        factor = (new_max - new_min) / float(high - low)
        return stored(x.astype(np.float64) * factor + (new_max - factor * float(high)), x)

    return scale


def scaled_from_to(old_min: float, old_max: float, new_min: float, new_max: float) -> Reference:
    factor = (new_max - new_min) / (old_max - old_min)
    offset = new_max - factor * old_max

    def scale(x: Pixels) -> Pixels:
        ends = stored(np.array([old_min, old_max]), x)
        held = np.where(x < old_min, ends[0], np.where(x > old_max, ends[1], x))
        return stored(held.astype(np.float64) * factor + offset, x)

    return scale


def normalized_by_opencv(mean: Sequence[float], std: Sequence[float]) -> Reference:
    """In FP32 throughout, each of the two operations rounded."""
    channels = len(mean)
    subtract, divide = (np.array(values, np.float64).reshape(1, channels) for values in (mean, std))

    def normalize(x: Pixels) -> Pixels:
        less = cv2.subtract(x, np.broadcast_to(subtract, x.shape).astype(np.float32))
        return with_channels(cv2.divide(less, np.broadcast_to(divide, x.shape).astype(np.float32)))

    return normalize


def minmax_by_opencv(low: float, high: float) -> Reference:
    return lambda x: with_channels(cv2.normalize(x, None, low, high, cv2.NORM_MINMAX))


def divided_by_opencv(divisor: float) -> Reference:
    # An array: OpenCV takes a number for the first of several channels alone.
    return lambda x: with_channels(cv2.divide(to_float(x), np.full(x.shape, divisor, np.float32)))


def equalized(clip_limit: float, tiles_x: int, tiles_y: int) -> Reference:
    return lambda x: with_channels(cv2.createCLAHE(clip_limit, (tiles_x, tiles_y)).apply(x[:, :, 0]))


def cast_to_bytes(x: Pixels) -> Pixels:
    """OpenCV's saturate_cast<uchar>, which takes the even one of two numbers that are as near."""
    return with_channels(cv2.add(x, 0.0, dtype=cv2.CV_8U))


def clipped(low: float, high: float) -> Reference:
    return lambda x: with_channels(cv2.min(cv2.max(x, np.full_like(x, low)), np.full_like(x, high)))


def blob(scale: float, mean: Sequence[float], std: Sequence[float]) -> Reference:
    """OpenCV's input of a network: planes [1, channels, height, width]; its mean comes before its scale."""

    def prepare(x: Pixels) -> Pixels:
        planes = cv2.dnn.blobFromImage(x, scale, mean=[value / scale for value in mean], swapRB=False)
        return planes / np.array(std, np.float32).reshape(1, -1, 1, 1)

    return prepare


def gray_by_opencv(x: Pixels) -> Pixels:
    return with_channels(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY))


def gray_by_ecvl(x: Pixels) -> Pixels:
    """ChangeColorSpace of ECVL cuts fractions off, and so makes 99 of three times 100 at times."""
    wide = x.astype(np.float64)
    return stored(with_channels(0.299 * wide[..., 0] + 0.587 * wide[..., 1] + 0.114 * wide[..., 2]), x)


def same(x: Pixels) -> Pixels:
    return x


def blue_first(x: Pixels) -> Pixels:
    return with_channels(cv2.cvtColor(x, cv2.COLOR_RGB2BGR))


def fraction(x: Pixels) -> Pixels:
    return (x.astype(np.float64) / np.iinfo(x.dtype).max).astype(np.float32)


def in_order(*references: Reference) -> Reference:
    def run(x: Pixels) -> Pixels:
        for reference in references:
            x = reference(x)
        return x

    return run
