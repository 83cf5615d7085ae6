"""One patient to a model, in terms of medicine: predict.py <host:port> <patient.json>."""

import json
import sys
from pathlib import Path

import grpc
from deephealth.runtime.v1.input_pb2 import NamedInput, Table, TableValue
from deephealth.runtime.v1.model_runtime_pb2 import PredictRequest
from deephealth.runtime.v1.model_runtime_pb2_grpc import ModelRuntimeStub


def table_value(name: str, value: object, unit: str = "") -> TableValue:
    kind = {bool: "boolean", str: "category"}.get(type(value), "number")
    return TableValue(name=name, unit=unit, **{kind: value})


address, file = sys.argv[1:]
patient = json.loads(Path(file).read_text(encoding="utf-8"))
table = Table(values=[table_value(name, **column) for name, column in patient.items()])
request = PredictRequest(
    model_name="heart-disease-risk", inputs=[NamedInput(name="patient", table=table)]
)
with grpc.insecure_channel(address) as channel:
    try:
        response = ModelRuntimeStub(channel).Predict(request, timeout=30)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
for finding in response.findings:
    decision = ", ".join(finding.classification.decision) or "no decision"
    for one in finding.classification.classes:
        print(f"{decision}: {one.label} {one.probability:.6f}")
for warning in response.warnings:
    print(f"warning: {warning.message}")
print(f"by {response.provenance.model_name} {response.provenance.model_version}")
