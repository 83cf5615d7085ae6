"""Writes a copy of a slide that states what the standard asks for and this one lacks.

    complete_slide.py slide.dcm copy.dcm

The depth is made up: nothing is compared with it.
"""

from __future__ import annotations

import sys
import warnings

import pydicom
from pydicom.uid import generate_uid

warnings.simplefilter("ignore")

if __name__ == "__main__":
    dataset = pydicom.dcmread(sys.argv[1])
    measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.SliceThickness = 0.004
    # In micrometres.
    dataset.ImagedVolumeDepth = 4
    # Its own is longer than a UID may be.
    dataset.FrameOfReferenceUID = generate_uid()
    dataset.save_as(sys.argv[2])
