"""Reads MIT-BIH records: signals in format 212 and beat annotations.

Only what these records need is read: two channels of 12-bit samples and the
annotation codes of beats. Both formats are described in the WFDB documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Annotation codes of the beats that the AAMI classes N, S, V, F and Q are made of.
SYMBOL = {
    1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S",
    10: "E", 11: "j", 12: "/", 13: "Q", 34: "e", 38: "f",
}  # fmt: skip
AAMI = {
    "N": "N", "L": "N", "R": "N", "e": "N", "j": "N",
    "A": "S", "a": "S", "J": "S", "S": "S",
    "V": "V", "E": "V",
    "F": "F",
    "/": "Q", "f": "Q", "Q": "Q",
}  # fmt: skip

# Annotation codes that carry something other than a beat at a time.
SKIP, NUMBER, SUBTYPE, CHANNEL, AUXILIARY = 59, 60, 61, 62, 63


@dataclass(frozen=True)
class Beat:
    sample: int
    symbol: str

    @property
    def aami(self) -> str:
        return AAMI[self.symbol]


@dataclass(frozen=True)
class Record:
    name: str
    rate_hz: float
    millivolt: np.ndarray
    """The MLII lead."""
    beats: list[Beat]


def read_record(folder: Path, name: str, lead: str = "MLII") -> Record:
    lines = [line.split() for line in (folder / f"{name}.hea").read_text().splitlines()]
    signals = [line for line in lines[1:3] if line[0] == f"{name}.dat"]
    channel = next(k for k, line in enumerate(signals) if line[-1] == lead)
    gain, zero = float(signals[channel][2]), float(signals[channel][4])
    units = read_format_212((folder / f"{name}.dat").read_bytes())[:, channel]
    # The header holds each channel's first value and a 16-bit checksum of all of them.
    if units[0] != int(signals[channel][5]) or (units.sum() - int(signals[channel][6])) % 65536:
        raise ValueError(f"record {name} is damaged: its checksum does not match its header")
    return Record(
        name=name,
        rate_hz=float(lines[0][2]),
        millivolt=(units - zero) / gain,
        beats=read_beats((folder / f"{name}.atr").read_bytes()),
    )


def read_format_212(content: bytes) -> np.ndarray:
    """Two 12-bit two's complement samples in every three bytes."""
    triples = np.frombuffer(content, dtype=np.uint8).reshape(-1, 3).astype(np.int64)
    first = triples[:, 0] | (triples[:, 1] & 0x0F) << 8
    second = triples[:, 2] | (triples[:, 1] & 0xF0) << 4
    both = np.stack([first, second], axis=1)
    return np.where(both >= 2048, both - 4096, both)


def read_beats(content: bytes) -> list[Beat]:
    """Each 16-bit word holds a code in its high 6 bits and a time step in its low 10."""
    words = np.frombuffer(content[: len(content) // 2 * 2], dtype="<u2").tolist()
    beats: list[Beat] = []
    sample, at = 0, 0
    while at < len(words):
        code, step = words[at] >> 10, words[at] & 0x3FF
        at += 1
        if code == 0 and step == 0:
            break
        if code == SKIP:
            # A long time step follows, as two words with the high one first.
            long_step = words[at] << 16 | words[at + 1]
            sample += long_step - (1 << 32) if long_step >= 1 << 31 else long_step
            at += 2
        elif code == AUXILIARY:
            at += (step + 1) // 2
        elif code in (NUMBER, SUBTYPE, CHANNEL):
            pass
        else:
            sample += step
            if code in SYMBOL:
                beats.append(Beat(sample, SYMBOL[code]))
    return beats
