"""Runs checks one by one, prints them on stderr and counts them."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Subject = TypeVar("Subject")


class CheckFailed(Exception):
    """A check that did not hold, with both sides."""

    def __init__(self, what: str, expected: object, received: object) -> None:
        super().__init__(f"{what}\n    expected: {expected!r}\n    received: {received!r}")


def expect_equal(what: str, received: object, expected: object) -> None:
    if received != expected:
        raise CheckFailed(what, expected, received)


def expect_true(what: str, received: object) -> None:
    if not received:
        raise CheckFailed(what, "something true", received)


def expect_close(what: str, received: Sequence[float], expected: Sequence[float], tolerance: float) -> None:
    """Every value within an absolute tolerance; NaN is never close."""
    is_close = len(received) == len(expected) and all(
        abs(r - e) <= tolerance for r, e in zip(received, expected, strict=True)
    )
    if not is_close:
        raise CheckFailed(f"{what} (within {tolerance:.3g})", list(expected), list(received))


def run_checks(peer: str, checks: Iterable[Callable[[Subject], None]], subject: Subject) -> int:
    """Runs each check with the subject; its name is its docstring. Gives the exit code."""
    passed = failed = 0
    for check in checks:
        sentence = (check.__doc__ or check.__name__).strip().split("\n")[0]
        try:
            check(subject)
        except CheckFailed as failure:
            failed += 1
            print(f"  FAIL  {peer}: {sentence}\n    {failure}", file=sys.stderr)
        except Exception:  # noqa: BLE001 - whatever a check raises is its failure, and the next one runs
            failed += 1
            print(f"  FAIL  {peer}: {sentence}\n{traceback.format_exc()}", file=sys.stderr)
        else:
            passed += 1
            print(f"  ok    {peer}: {sentence}", file=sys.stderr)
    print(json.dumps({"passed": passed, "failed": failed, "skipped": 0}))
    return 1 if failed else 0
