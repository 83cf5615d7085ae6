"""Writes 1.0.0/ from the training result and the sample inputs. Needs no training data.

    /usr/bin/python3 samples/models/ecg-beat/package.py

Golden values are computed by reference.py in float64.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path += [str(HERE / "training"), str(HERE.parent)]

from package_frame import (  # noqa: E402
    Manifest,
    decided,
    golden_case,
    sample_manifest,
    trained_threshold,
    write_sample,
)
from reference import predict, read_signal  # noqa: E402
from windows import LENGTH, RATE_HZ, SMALLEST_STD  # noqa: E402

NAME, VERSION = "ecg-beat", "1.0.0"
RESULT = HERE / "training" / "result"
INPUTS = HERE.parent.parent / "inputs" / NAME
OTHER, VENTRICULAR = "other", "ventricular"
LEAD = "MLII"

GOLDEN = {
    "normal": "A normal beat.",
    "ventricular": "A premature ventricular contraction.",
    "ventricular-couplet": "The second of two ventricular beats: the beat before is no normal one.",
    "fusion": "A fusion beat, a kind that the model was not trained on.",
    "near-threshold": "A fusion beat that lands right at the threshold.",
    "missed-ventricular": "A ventricular beat that the model misses.",
    "artefact": "A normal beat among artefacts of up to 3.6 mV.",
}


def manifest(threshold: float) -> Manifest:
    return sample_manifest(
        NAME,
        VERSION,
        RESULT,
        title="Ventricular ectopic beat in a single-lead ECG",
        intended_use=(
            "Research and demonstration: tells whether one annotated heartbeat of an ambulatory "
            "ECG (modified limb lead II, 360 Hz) is ventricular ectopic or not."
        ),
        limitations=[
            "Not clinically validated; not for monitoring, alarms, diagnosis or treatment.",
            "Needs R peaks found by something else, within about 20 ms; it detects no beats.",
            "Trained on 20 patients; in single patients nearly all ventricular beats are missed.",
            "Does not recognise supraventricular beats: they are counted as other, and some of "
            "them are called ventricular. Paced and fusion beats were not trained on.",
        ],
        license="ODC-By-1.0",
        data="MIT-BIH Arrhythmia Database, PhysioNet",
        tensors={
            "inputs": [{"name": "signal", "dataType": "FP32", "shape": [-1, 1, LENGTH]}],
            "outputs": [
                {"name": "probabilities", "dataType": "FP32", "shape": [-1, 2], "range": [0, 1]}
            ],
        },
        inputs=[
            {
                "name": "ecg",
                "kind": "signal",
                "description": (
                    "1.2 s before to 0.6 s after the R peak of the beat: the peak is sample 432, "
                    "counted from 0."
                ),
                "feeds": "signal",
                # Twice what the recorders of the training data could hold (5.12 mV): refuses
                # samples in microvolts or in units of a converter.
                # Every window of the 32 records varies by 0.03 mV or more: less is a lead that is off.
                "channels": [{"name": LEAD, "unit": "mV", "validRange": [-10, 10], "minimumStd": 0.02}],
                "samplingRateHz": RATE_HZ,
                "samples": {"minimum": LENGTH, "maximum": LENGTH},
                "steps": [
                    {"op": "select_channels", "channels": [LEAD]},
                    {"op": "z_score", "epsilon": SMALLEST_STD},
                ],
            }
        ],
        outputs=[
            {
                "name": "beat",
                "kind": "classification",
                "description": "AAMI class V (ventricular ectopic) or not.",
                "from": "probabilities",
                "activation": "none",
                "mode": "binary",
                "classes": [{"label": OTHER}, {"label": VENTRICULAR, "threshold": threshold}],
                "nearThresholdMargin": 0.05,
            }
        ],
    )


def case_of(case: str, described: Manifest) -> dict[str, Any]:
    millivolt = read_signal(INPUTS / f"{case}.csv")
    probabilities = predict(described, RESULT / "model.onnx", millivolt)[0]
    threshold = described["outputs"][0]["classes"][1]["threshold"]
    signal = {
        "channels": [{"name": LEAD, "unit": "mV"}],
        "samplingRateHz": RATE_HZ,
        "samples": [millivolt.tolist()],
    }
    return golden_case(
        case,
        f"{GOLDEN[case]} MIT-BIH record 208, a patient kept out of training and test.",
        {"ecg": {"signal": signal}},
        "probabilities",
        [1, 2],
        probabilities.tolist(),
        decided("beat", VENTRICULAR if probabilities[1] >= threshold else OTHER),
    )


if __name__ == "__main__":
    write_sample(HERE / VERSION, RESULT, manifest(trained_threshold(RESULT)), GOLDEN, case_of)
