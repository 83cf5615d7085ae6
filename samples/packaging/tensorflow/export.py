"""Trains a small Keras model on made-up numbers and exports it: lung-volume.onnx, a sample, and Keras's answer."""

import json
from pathlib import Path

import keras
import numpy as np

random = np.random.default_rng(1)
count = 2000
age = random.uniform(20, 80, count)
height = random.normal(170, 10, count)
is_male = random.integers(0, 2, count)
# A made-up law, so that the sample needs no data.
litres = 0.04 * height - 0.028 * age + 0.6 * is_male - 2.2 + random.normal(0, 0.1, count)
features = np.stack([age, height, is_male], axis=1)
# No Normalization layer: the exporter would make inputs of its constants. The package will scale, by these numbers.
mean, std = features[:1600].mean(0), features[:1600].std(0)
scaled = ((features - mean) / std).astype("float32")

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input((3,), name="features"),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(1, name="litres"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
model.fit(scaled[:1600], litres[:1600], epochs=30, batch_size=64, verbose=0)
error = np.abs(model.predict(scaled[1600:], verbose=0)[:, 0] - litres[1600:]).mean()
print(f"mean absolute error on rows that it was not trained on: {error:.3f} L of 400")
model.export("lung-volume.onnx", format="onnx", verbose=False)

person = {
    "age": {"value": 50, "unit": "a"},
    "height": {"value": 180, "unit": "cm"},
    "is_male": {"value": True},
}
Path("person.json").write_text(json.dumps(person, indent=2))


def in_float64(row: np.ndarray) -> float:
    """The layers again, in float64 from the very weights: Keras itself computes in float32."""
    hidden, out = (layer.get_weights() for layer in model.layers)
    return (np.tanh(((row - mean) / std) @ np.float64(hidden[0]) + hidden[1]) @ np.float64(out[0]) + out[1]).item()


about = {"mean": mean.tolist(), "std": std.tolist(), "litres": in_float64(np.array([50.0, 180.0, 1.0]))}
Path("answers.json").write_text(json.dumps(about, indent=2))
