"""Holds the tensors of our image steps against OpenCV, and against ECVL's formulas."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from check_report import CheckFailed, expect_equal, expect_true, run_checks
from references import Pixels, with_channels
from step_cases import MODELS, Opinion, StepCase, cases


@dataclass(frozen=True)
class Answer:
    """A picture, and the tensor that our server made of it."""

    file: Path
    tensor: np.ndarray


@dataclass
class Difference:
    """How far two sides are apart over all pictures."""

    most: float = 0.0
    differing: int = 0
    elements: int = field(default=0)

    def add(self, difference: np.ndarray) -> None:
        self.most = max(self.most, float(difference.max()))
        self.differing += int(np.count_nonzero(difference))
        self.elements += difference.size


def read_picture(file: Path, channels_in_file: int) -> Pixels:
    """As OpenCV reads it, in RGB; turned as EXIF says."""
    if channels_in_file == 1:
        return with_channels(cv2.imread(str(file), cv2.IMREAD_UNCHANGED))
    return cv2.cvtColor(cv2.imread(str(file), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def compare(case: StepCase, opinion: Opinion, answers: list[Answer]) -> Difference:
    model = next(model for model in MODELS if model.name == case.model)
    in_file = 3 if model.name == "gray-of-colour" else model.channels
    found = Difference()
    for answer in answers:
        expected = opinion.expected(read_picture(answer.file, in_file))
        expected = expected if expected.ndim == 4 else expected[None]
        what = f"{case.name}, {answer.file.name}"
        expect_equal(f"{what}: shape", answer.tensor.shape, expected.shape)
        difference = np.abs(answer.tensor.astype(np.float64) - expected.astype(np.float64))
        found.add(difference)
        if not difference.max() <= opinion.most:
            index = tuple(int(i) for i in np.unravel_index(np.argmax(difference), difference.shape))
            raise CheckFailed(
                f"{what} at {index}, within {opinion.most:g}", float(expected[index]), float(answer.tensor[index])
            )
    return found


def check_of(case: StepCase, opinion: Opinion, answers: list[Answer]) -> Callable[[None], None]:
    def check(_: None) -> None:
        expect_true("pictures", answers)
        found = compare(case, opinion, answers)
        share = 100 * found.differing / found.elements
        if found.differing > 0:
            print(f"        {share:.3f} % of {found.elements} differ, by {found.most:.3g} at most", file=sys.stderr)

    bound = "the same" if opinion.most == 0 else f"within {opinion.most:.3g}"
    check.__doc__ = f"{case.model}: {case.name} is {bound} as {opinion.by} has it"
    return check


def answers_of(case: StepCase, folder: Path, answered: list[dict]) -> list[Answer]:
    """The tensors that were written for the input of this case."""
    return [
        Answer(folder / entry["file"], np.fromfile(entry["tensor"], "<f4").reshape(entry["shape"]))
        for entry in answered
        if entry["model"] == case.model and entry["name"] == case.name
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", required=True, type=Path, help="folder of the pictures")
    parser.add_argument("--answers", required=True, type=Path, help="what our server gave, JSON")
    options = parser.parse_args()
    answered = json.loads(options.answers.read_text(encoding="utf-8"))
    checks = [
        check_of(case, opinion, answers_of(case, options.pictures, answered))
        for case in cases()
        for opinion in case.opinions
    ]
    print(f"        OpenCV {cv2.__version__}", file=sys.stderr)
    return run_checks("opencv", checks, None)


if __name__ == "__main__":
    sys.exit(main())
