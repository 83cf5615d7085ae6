"""Checks of deephealth.runtime.v1: what is served, and what it answers."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import grpc
from check_report import expect_close, expect_equal, expect_true
from deephealth.runtime.v1 import finding_pb2, model_pb2, model_runtime_pb2, provenance_pb2
from runtime_peer import TIMEOUT_S, RuntimePeer, fp32_values, patient_values, table_request, tensor_request

# 64 * 2^-23, the tolerance of the profile "standard" for probabilities.
TOLERANCE = 64 * 2.0**-23


def states_of(summaries: list[model_pb2.ModelSummary]) -> list[tuple[str, str, str]]:
    prefix = len("MODEL_STATE_")
    return sorted((m.name, m.version, model_pb2.ModelState.Name(m.state)[prefix:]) for m in summaries)


def expected_states(peer: RuntimePeer) -> list[tuple[str, str, str]]:
    return sorted((m["name"], m["version"], m["state"]) for m in peer.expected["models"])


def risk_reference(peer: RuntimePeer, features: list[float]) -> float:
    """The logistic regression of risk-table in double precision."""
    risk = peer.expected["risk"]
    rows = zip(features, risk["mean"], risk["std"], risk["weights"], strict=True)
    return 1 / (1 + math.exp(-(risk["bias"] + sum((x - m) / s * w for x, m, s, w in rows))))


def server_info(peer: RuntimePeer) -> None:
    """GetServerInfo names contract 1.0, positive limits and a ready server"""
    info = peer.runtime.GetServerInfo(model_runtime_pb2.GetServerInfoRequest(), timeout=TIMEOUT_S)
    expect_equal("contract versions", [(v.major, v.minor) for v in info.contract_versions], [(1, 0)])
    expect_equal("name", info.name, "deephealth-runtime")
    expect_equal("providers", list(info.execution_providers), ["cpu", "remote"])
    expect_equal("is_ready", info.is_ready, True)
    expect_true("max_message_bytes", info.limits.max_message_bytes > 0)
    expect_true("max_tensor_elements", info.limits.max_tensor_elements > 0)
    expect_true("max_run_time", info.limits.max_run_time.ToTimedelta().total_seconds() > 0)
    expect_true("features", "predict-stream" in info.features)


def list_models(peer: RuntimePeer) -> None:
    """ListModels lists every version with its state and digest, refused ones with their reason"""
    models = list(peer.runtime.ListModels(model_runtime_pb2.ListModelsRequest(), timeout=TIMEOUT_S).models)
    expect_equal("states", states_of(models), expected_states(peer))
    for model in models:
        expected = peer.model(model.name, model.version)
        if expected["state"] == "READY":
            expect_equal(f"digest of {model.name}", model.package_sha256, expected["packageSha256"])
            expect_equal(f"reason of {model.name}", model.HasField("state_reason"), False)
        else:
            expect_equal(f"reason of {model.name}", model.state_reason.reason, "GOLDEN_MISMATCH")


def list_one_name(peer: RuntimePeer) -> None:
    """ListModels with a name lists its versions only, the highest as the default"""
    request = model_runtime_pb2.ListModelsRequest(name="identity-fp32")
    models = peer.runtime.ListModels(request, timeout=TIMEOUT_S).models
    expect_equal("versions", sorted((m.version, m.is_default) for m in models), [("1", False), ("2", True)])


def get_model(peer: RuntimePeer) -> None:
    """GetModel describes columns, units, ranges and classes of a table model"""
    request = model_runtime_pb2.GetModelRequest(name="risk-table")
    model = peer.runtime.GetModel(request, timeout=TIMEOUT_S).model
    (patient,) = model.inputs
    units = [(c.name, model_pb2.ColumnType.Name(c.type), c.unit) for c in patient.columns]
    expect_equal(
        "columns",
        units,
        [
            ("age", "COLUMN_TYPE_NUMBER", "a"),
            ("sex", "COLUMN_TYPE_CATEGORY", ""),
            ("smoker", "COLUMN_TYPE_BOOLEAN", ""),
            ("pressure", "COLUMN_TYPE_NUMBER", "mm[Hg]"),
        ],
    )
    age, sex, smoker, pressure = patient.columns
    expect_equal("valid range", (age.minimum, age.maximum), (18.0, 120.0))
    expect_equal(
        "a range only where one is declared",
        (age.HasField("minimum"), sex.HasField("minimum")),
        (True, False),
    )
    expect_equal("categories", list(sex.categories), ["female", "male"])
    expect_equal("may be missing", (smoker.may_be_missing, pressure.may_be_missing), (False, True))
    (disease,) = model.outputs
    expect_equal("classes", [c.label for c in disease.classes], ["absent", "present"])
    expect_equal(
        "graph input", [(t.name, list(t.shape)) for t in model.tensor_inputs], [("features", [-1, 4])]
    )
    expect_equal("research only", model.research_use_only, True)


def get_default_version(peer: RuntimePeer) -> None:
    """GetModel without a version gives the highest, with one that one"""
    versions = [
        peer.runtime.GetModel(
            model_runtime_pb2.GetModelRequest(name="identity-fp32", version=version), timeout=TIMEOUT_S
        ).model.summary.version
        for version in ("", "1", "2")
    ]
    expect_equal("versions", versions, ["2", "1", "2"])


def predict_tensor(peer: RuntimePeer) -> None:
    """Predict on a tensor model gives the reference's probabilities"""
    mlp = peer.expected["mlp"]
    for row, probabilities in zip(mlp["rows"], mlp["probabilities"], strict=True):
        response = peer.predict(tensor_request("mlp", "features", row))
        (finding,) = response.findings
        expect_equal("shape", list(finding.tensor.shape), [1, len(probabilities)])
        expect_close("probabilities", fp32_values(finding.tensor.data), probabilities, TOLERANCE)


def predict_provenance(peer: RuntimePeer) -> None:
    """A result echoes the request id and says which package, runtime and batch made it"""
    digest = peer.model("mlp")["packageSha256"]
    row = peer.expected["mlp"]["rows"][0]
    request = tensor_request("mlp", "features", row, request_id="order 66/a", expected_package_sha256=digest)
    response = peer.predict(request)
    provenance = response.provenance
    expect_equal("request id", response.request_id, "order 66/a")
    expect_equal(
        "package",
        (provenance.model_name, provenance.model_version, provenance.package_sha256),
        ("mlp", "1", digest),
    )
    expect_equal("length of the ONNX digest", len(provenance.onnx_sha256), 64)
    expect_equal("provider and batch", (provenance.execution_provider, provenance.batch_size), ("cpu", 1))
    expect_true("runtime", provenance.runtime.startswith("deephealth-runtime/"))
    expect_true("total time", provenance.timings.total_us >= provenance.timings.inference_us > 0)
    again = peer.predict(request)
    expect_equal("input digest of equal inputs", again.provenance.input_sha256, provenance.input_sha256)
    expect_equal("length of the input digest", len(provenance.input_sha256), 64)


def predict_table(peer: RuntimePeer) -> None:
    """Predict on a table model gives the closed form's probability and decision"""
    for age, sex, smoker, pressure in [
        (55.0, "female", True, 142.0),
        (31.0, "female", False, 110.5),
        (79.5, "male", True, 180.0),
    ]:
        response = peer.predict(table_request(patient_values(age, sex, smoker, pressure)))
        present = risk_reference(peer, [age, float(sex == "male"), float(smoker), pressure])
        (finding,) = response.findings
        classification = finding.classification
        expect_equal("mode", classification.mode, finding_pb2.CLASSIFICATION_MODE_BINARY)
        expect_equal("labels", [c.label for c in classification.classes], ["absent", "present"])
        expect_close(
            "probabilities",
            [c.probability for c in classification.classes],
            [1 - present, present],
            TOLERANCE,
        )
        expect_equal("decision", list(classification.decision), ["present" if present >= 0.5 else "absent"])


def predict_with_warnings(peer: RuntimePeer) -> None:
    """An imputed value and one outside the training range are answered with warnings that name them"""
    pressure = peer.expected["risk"]["imputedPressure"]
    response = peer.predict(table_request(patient_values(age=90.0, pressure=None)))
    present = risk_reference(peer, [90.0, 0.0, 1.0, pressure])
    expect_close(
        "probability", [response.findings[0].classification.classes[1].probability], [present], TOLERANCE
    )
    warned = {
        (provenance_pb2.WarningKind.Name(w.kind), w.field.rpartition(".")[2]) for w in response.warnings
    }
    for wanted in [("WARNING_KIND_OUTSIDE_TRAINING_RANGE", "age"), ("WARNING_KIND_IMPUTED", "pressure")]:
        expect_true(f"warning {wanted} among {warned}", wanted in warned)


def unknown_fields(peer: RuntimePeer) -> None:
    """Fields of a later contract are skipped, whatever their wire type"""
    row = [4.0, 3.0, 2.0, 1.0]
    later = b"".join(
        [
            # Field 15000: a varint, 64 bits, a length-delimited text, 32 bits.
            b"\xc0\xa9\x07\x96\x01",
            b"\xc1\xa9\x07\x01\x02\x03\x04\x05\x06\x07\x08",
            b"\xc2\xa9\x07\x05later",
            b"\xc5\xa9\x07\x01\x02\x03\x04",
        ]
    )
    message = (
        later + tensor_request("identity-fp32", "x", row, request_id="later").SerializeToString() + later
    )
    predict = peer.channel.unary_unary(
        "/deephealth.runtime.v1.ModelRuntime/Predict",
        response_deserializer=model_runtime_pb2.PredictResponse.FromString,
    )
    response = predict(message, timeout=TIMEOUT_S)
    expect_equal("request id", response.request_id, "later")
    expect_equal("values", fp32_values(response.findings[0].tensor.data), row)


def compressed_request(peer: RuntimePeer) -> None:
    """A request compressed with gzip or deflate is answered like a plain one"""
    row = [1.5, 2.5, -3.5, 0.0]
    for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate):
        response = peer.runtime.Predict(
            tensor_request("identity-fp32", "x", row), timeout=TIMEOUT_S, compression=compression
        )
        expect_equal(f"values with {compression.name}", fp32_values(response.findings[0].tensor.data), row)


def concurrent_predicts(peer: RuntimePeer) -> None:
    """Each of 64 Predict calls at once gets its own answer"""

    def answer(tag: int) -> tuple[str, list[float]]:
        row = [float(tag), -float(tag), tag * 0.5, 1.0]
        response = peer.predict(tensor_request("identity-fp32", "x", row, request_id=f"tag {tag}"))
        return response.request_id, fp32_values(response.findings[0].tensor.data)

    with ThreadPoolExecutor(max_workers=32) as pool:
        answers = list(pool.map(answer, range(64)))
    expect_equal(
        "answers", answers, [(f"tag {tag}", [float(tag), -float(tag), tag * 0.5, 1.0]) for tag in range(64)]
    )


CHECKS = [
    server_info,
    list_models,
    list_one_name,
    get_model,
    get_default_version,
    predict_tensor,
    predict_provenance,
    predict_table,
    predict_with_warnings,
    unknown_fields,
    compressed_request,
    concurrent_predicts,
]
