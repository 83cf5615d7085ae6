"""Cuts one window of signal around each annotated beat.

A window reaches far enough back to hold the previous beat, so that a premature
beat can be told from its timing, and far enough ahead to hold its own T wave.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mitbih import Record

RATE_HZ = 360
BEFORE = 432  # 1.2 s
AFTER = 216  # 0.6 s
LENGTH = BEFORE + AFTER

# Below this (in mV) the window is a flat line; dividing by its deviation would only amplify noise.
SMALLEST_STD = 0.001


@dataclass(frozen=True)
class Windows:
    signal: np.ndarray
    """[beat, sample] in millivolt, with `margin` further samples on either side."""
    label: np.ndarray
    """AAMI class letter of each beat."""
    peak: np.ndarray
    """Sample of the record at which each beat is annotated."""
    margin: int

    def centred(self, moved_by: int = 0) -> np.ndarray:
        """The windows alone, around the annotated peak or some samples off it."""
        start = self.margin + moved_by
        return self.signal[:, start : start + LENGTH]


def cut(record: Record, margin: int = 0) -> Windows:
    if record.rate_hz != RATE_HZ:
        raise ValueError(f"record {record.name} is sampled at {record.rate_hz} Hz")
    # Beats whose window would leave the recording are left out, never padded.
    kept = [
        beat
        for beat in record.beats
        if beat.sample - BEFORE - margin >= 0
        and beat.sample + AFTER + margin <= len(record.millivolt)
    ]
    signal = [
        record.millivolt[beat.sample - BEFORE - margin : beat.sample + AFTER + margin]
        for beat in kept
    ]
    return Windows(
        signal=np.array(signal, dtype=np.float32),
        label=np.array([beat.aami for beat in kept]),
        peak=np.array([beat.sample for beat in kept]),
        margin=margin,
    )


def standardized(signal: np.ndarray) -> np.ndarray:
    """Each window minus its mean, divided by its population standard deviation."""
    mean = signal.mean(axis=-1, keepdims=True)
    std = signal.std(axis=-1, keepdims=True)
    return (signal - mean) / np.maximum(std, SMALLEST_STD)
