"""
The suite's models as custom models of KServe, in NumPy. Answers are made as KServe's own
`get_predict_response` makes them, which knows one output only.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.utils.utils import generate_uuid


def matmul(tensors):
    return {"y": tensors["a"] @ tensors["b"]}


def swap(tensors):
    return {"first": tensors["right"], "second": tensors["left"].T}


def softmax(tensors):
    powers = np.exp(tensors["x"] - tensors["x"].max(axis=-1, keepdims=True))
    return {"y": powers / powers.sum(axis=-1, keepdims=True)}


def identity(tensors):
    return {"y": tensors["x"]}


FUNCTIONS = {"matmul": matmul, "swap": swap, "softmax": softmax, "identity": identity}


class SuiteModel(Model):
    """One model; `described` is `{"function", "inputs", "outputs"}`, tensors as metadata have them."""

    def __init__(self, name: str, described: dict):
        super().__init__(name)
        self._function = FUNCTIONS[described["function"]]
        self._inputs = described["inputs"]
        self._outputs = described["outputs"]
        self.ready = True

    async def get_input_types(self):
        return self._inputs

    async def get_output_types(self):
        return self._outputs

    async def predict(self, payload: InferRequest, headers=None, response_headers=None) -> InferResponse:
        tensors = {tensor.name: tensor.as_numpy() for tensor in payload.inputs}
        computed = self._function(tensors)
        wanted = [output.name for output in payload.request_outputs or []]
        outputs = []
        for described in self._outputs:
            name = described["name"]
            if wanted and name not in wanted:
                continue
            array = computed[name]
            output = InferOutput(name=name, shape=list(array.shape), datatype=described["datatype"])
            output.set_data_from_numpy(array, binary_data=payload.use_binary_outputs)
            outputs.append(output)
        return InferResponse(
            model_name=self.name,
            infer_outputs=outputs,
            response_id=payload.id or generate_uuid(),
            use_binary_outputs=payload.use_binary_outputs,
            requested_outputs=payload.request_outputs,
        )


if __name__ == "__main__":
    models_file, http_port, grpc_port = sys.argv[1:]
    with open(models_file) as file:
        models = json.load(file)
    ModelServer(http_port=int(http_port), grpc_port=int(grpc_port), workers=1).start(
        [SuiteModel(name, described) for name, described in models.items()]
    )
