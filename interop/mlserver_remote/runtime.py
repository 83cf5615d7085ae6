"""An ONNX graph as a model of MLServer: the server that computes behind a remote package."""

from __future__ import annotations

import os
from pathlib import Path

# ONNX Runtime latches this when its library initialises.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.errors import InferenceError
from mlserver.types import (
    InferenceRequest,
    InferenceResponse,
    MetadataTensor,
    RequestInput,
    ResponseOutput,
    TensorData,
)

GRAPH_FILE = "model.onnx"

# Names of the Open Inference Protocol for the types of ONNX Runtime.
DATATYPES = {
    "tensor(bool)": "BOOL",
    "tensor(uint8)": "UINT8",
    "tensor(uint16)": "UINT16",
    "tensor(uint32)": "UINT32",
    "tensor(uint64)": "UINT64",
    "tensor(int8)": "INT8",
    "tensor(int16)": "INT16",
    "tensor(int32)": "INT32",
    "tensor(int64)": "INT64",
    "tensor(float16)": "FP16",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
    "tensor(string)": "BYTES",
}

NUMPY_TYPES = {
    "BOOL": np.bool_,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
}


class OnnxModel(MLModel):
    """
    Runs `model.onnx` beside the settings. MLServer's own codecs are left aside: its numpy codec
    turns NaN into nothing. `parameters.extra.describe: false` hides the tensors from ModelMetadata,
    as a model does whose author declared none.
    """

    async def load(self) -> bool:
        parameters = self.settings.parameters
        folder = Path(parameters.uri)
        self._session = onnxruntime.InferenceSession(
            str(folder / GRAPH_FILE), providers=["CPUExecutionProvider"]
        )
        self._datatypes = {
            value.name: DATATYPES[value.type]
            for value in [*self._session.get_inputs(), *self._session.get_outputs()]
        }
        if (parameters.extra or {}).get("describe", True):
            self.inputs = [self._describe(value) for value in self._session.get_inputs()]
            self.outputs = [self._describe(value) for value in self._session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        feeds = {tensor.name: self._to_array(tensor) for tensor in payload.inputs}
        wanted = [output.name for output in payload.outputs or []]
        names = wanted or [output.name for output in self._session.get_outputs()]
        try:
            arrays = self._session.run(names, feeds)
        except Exception as error:
            raise InferenceError(f"the graph did not run: {error}") from error
        return InferenceResponse(
            model_name=self.name,
            model_version=self.version,
            outputs=[self._to_output(name, array) for name, array in zip(names, arrays)],
        )

    def _describe(self, value) -> MetadataTensor:
        shape = [extent if isinstance(extent, int) else -1 for extent in value.shape]
        return MetadataTensor(name=value.name, datatype=DATATYPES[value.type], shape=shape)

    def _to_array(self, tensor: RequestInput) -> np.ndarray:
        expected = self._datatypes.get(tensor.name)
        if expected != tensor.datatype:
            raise InferenceError(f"{tensor.name} is {tensor.datatype}, the graph takes {expected}")
        elements = list(tensor.data)
        if tensor.datatype == "BYTES":
            elements = [e.decode() if isinstance(e, bytes) else e for e in elements]
            return np.array(elements, dtype=object).reshape(tensor.shape)
        return np.array(elements, dtype=NUMPY_TYPES[tensor.datatype]).reshape(tensor.shape)

    def _to_output(self, name: str, array: np.ndarray) -> ResponseOutput:
        elements = array.flatten().tolist()
        if self._datatypes[name] == "BYTES":
            elements = [e.encode() if isinstance(e, str) else e for e in elements]
        return ResponseOutput(
            name=name,
            datatype=self._datatypes[name],
            shape=list(array.shape),
            data=TensorData(root=elements),
        )
