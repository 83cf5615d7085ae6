"""Trains a pipeline and exports it: breast-mass.onnx, a sample patient, and what scikit-learn says of that one."""

import json
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

COLUMNS = {"mean_radius": 0, "mean_texture": 1, "mean_smoothness": 4, "mean_concave_points": 7}

data = load_breast_cancer()
values = data.data[:, list(COLUMNS.values())].astype(np.float32)
is_malignant = 1 - data.target
x_train, x_test, y_train, y_test = train_test_split(values, is_malignant, random_state=1)
pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(x_train, y_train)
print(f"accuracy on the test split: {pipeline.score(x_test, y_test):.3f} of {len(y_test)}")

# Without zipmap=False the probabilities would be a list of dictionaries, which is no tensor.
graph = to_onnx(pipeline, x_train[:1], options={"zipmap": False}, target_opset=17)
Path("breast-mass.onnx").write_bytes(graph.SerializeToString())

row = x_test[0]
patient = {name: {"value": float(value), "unit": "1"} for name, value in zip(COLUMNS, row)}
Path("patient.json").write_text(json.dumps(patient, indent=2))
# In float64, by the framework: never by the engine that is going to be checked.
probabilities = pipeline.predict_proba(row[None].astype(np.float64))[0]
about = {
    "probabilities": probabilities.tolist(),
    "ranges": [[float(low), float(high)] for low, high in zip(x_train.min(0), x_train.max(0))],
}
Path("answers.json").write_text(json.dumps(about, indent=2))
