"""Checks with MLServer's types and codecs over HTTP."""

from __future__ import annotations

import numpy as np
from array_checks import WIDE_INTEGERS, expect_same_array, finite_floats
from check_report import expect_equal, expect_true
from mlserver.codecs import NumpyCodec, PandasCodec, StringCodec
from mlserver.types import (
    InferenceRequest,
    MetadataModelResponse,
    MetadataServerResponse,
    RepositoryIndexRequest,
    RepositoryIndexResponse,
    RequestInput,
    State,
)
from mlserver_peer import (
    SOUND_ROW,
    MlserverPeer,
    array_of,
    body_mass_of,
    body_mass_table,
    http_refusal_of,
    named,
    numpy_request,
    output_of,
    texts_of,
)


def metadata(peer: MlserverPeer) -> None:
    """HTTP: MLServer's types read the metadata of the server and of a model"""
    server = MetadataServerResponse.model_validate_json(peer.get("/v2"))
    expect_equal("name", server.name, "deephealth-runtime")
    model = MetadataModelResponse.model_validate_json(peer.get("/v2/models/sum-and-difference"))
    names = ("left", "right", "sum", "difference")
    expect_equal("tensors", named([*model.inputs, *model.outputs]), [(name, "INT32", [-1, 16]) for name in names])


def repository_index(peer: MlserverPeer) -> None:
    """HTTP: MLServer's types read the repository index, refused versions with their reason"""
    body = RepositoryIndexRequest().model_dump_json().encode()
    index = RepositoryIndexResponse.model_validate_json(peer.post("/v2/repository/index", body)).root
    served = sorted((m.name, m.version) for m in index if State(m.state) is State.READY)
    ready = sorted((m["name"], m["version"]) for m in peer.expected["models"] if m["state"] == "READY")
    expect_equal("ready", served, ready)
    (refused,) = [m for m in index if m.name == "wrong-golden"]
    expect_true("reason", refused.reason)


def without_codec(peer: MlserverPeer) -> None:
    """HTTP: a request written by hand in MLServer's types is answered"""
    tensor = RequestInput(name="x", datatype="FP32", shape=[1, 4], data=SOUND_ROW.ravel().tolist())
    response = peer.rest_infer("identity-fp32", InferenceRequest(id="order 66/a", inputs=[tensor]))
    expect_same_array("values", array_of(response, "y"), SOUND_ROW)
    received = (response.id, response.model_name, response.model_version)
    expect_equal("id, model and version", received, ("order 66/a", "identity-fp32", "2"))


def numpy_codec(peer: MlserverPeer) -> None:
    """HTTP: NumpyCodec's FP32, INT64 and BOOL come back exactly"""
    for model, array in [
        ("identity-fp32", finite_floats(np.float32)),
        ("identity-int64", WIDE_INTEGERS),
        ("identity-bool", np.array([[True, False, False, True]])),
    ]:
        response = peer.rest_infer(model, numpy_request({"x": array}))
        expect_same_array(model, array_of(response, "y"), array)


def string_codec(peer: MlserverPeer) -> None:
    """HTTP: StringCodec's texts come back as they were"""
    texts = ["Müller, 患者", 'quote " and \\ and \n']
    request = numpy_request({name: np.array([[2.0], [4.0]], dtype=np.float32) for name in ("height", "weight")})
    request.inputs.append(StringCodec.encode_input("note", texts, use_bytes=False))
    response = peer.rest_infer("body-mass", request)
    expect_equal("texts", StringCodec.decode_output(output_of(response, "note_out")), texts)


def table(peer: MlserverPeer) -> None:
    """HTTP: a table of PandasCodec is answered row by row"""
    frame = body_mass_table()
    response = peer.rest_infer("body-mass", PandasCodec.encode_request(frame, use_bytes=False))
    expect_same_array("index", array_of(response, "index"), body_mass_of(frame))
    expect_equal("notes", texts_of(output_of(response, "note_out")), frame["note"].tolist())


def missing_value(peer: MlserverPeer) -> None:
    """HTTP: NaN, which NumpyCodec writes as null, is refused and not taken for a number"""
    tensor = NumpyCodec.encode_input("x", np.array([[1, np.nan, 3, 4]], dtype=np.float32))
    tensor.parameters = None
    status, _ = http_refusal_of(lambda: peer.rest_infer("identity-fp32", InferenceRequest(inputs=[tensor])))
    expect_equal("status", status, 400)
    peer.expect_served()


def refusals(peer: MlserverPeer) -> None:
    """HTTP: MLServer's types read refusals, each with its status and sentence"""
    tensor = RequestInput(name="x", datatype="FP32", shape=[1, 4], data=SOUND_ROW.ravel().tolist())
    short = RequestInput(name="x", datatype="FP32", shape=[1, 3], data=[1.0, 2.0, 3.0])
    for model, request_input, expected, start in [
        ("no-such-model", tensor, 404, "Request for unknown model: 'no-such-model'"),
        ("identity-fp32", short, 400, ""),
        ("wrong-golden", tensor, 400, ""),
    ]:
        request = InferenceRequest(inputs=[request_input])
        status, sentence = http_refusal_of(lambda m=model, r=request: peer.rest_infer(m, r))
        expect_equal(f"status of {sentence!r}", status, expected)
        expect_equal(f"start of {sentence!r}", sentence[: len(start)], start)
    peer.expect_served()


CHECKS = [
    metadata,
    repository_index,
    without_codec,
    numpy_codec,
    string_codec,
    table,
    missing_value,
    refusals,
]
