"""Checks with MLServer's stubs and converters over gRPC."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import numpy as np
from array_checks import WIDE_INTEGERS, expect_same_array, finite_floats
from check_report import expect_close, expect_equal, expect_true
from grpc import StatusCode
from mlserver.codecs import (
    Base64Codec,
    DatetimeCodec,
    NumpyCodec,
    NumpyRequestCodec,
    PandasCodec,
    StringCodec,
)
from mlserver.grpc import dataplane_pb2 as messages
from mlserver.grpc.converters import ModelMetadataResponseConverter, ServerMetadataResponseConverter
from mlserver.types import InferenceRequest, Parameters, RequestInput, RequestOutput
from mlserver_peer import (
    SOUND_ROW,
    TIMEOUT_S,
    MlserverPeer,
    array_of,
    body_mass_of,
    body_mass_table,
    expect_refusal,
    named,
    numpy_request,
    output_of,
    refusal_of,
    texts_of,
)

# 64 * 2^-23, the tolerance of the profile "standard" for probabilities.
TOLERANCE = 64 * 2.0**-23


def state(peer: MlserverPeer) -> None:
    """gRPC: the server is live and ready; a served model is ready, a refused one is not"""
    expect_equal("live", peer.stub.ServerLive(messages.ServerLiveRequest(), timeout=TIMEOUT_S).live, True)
    expect_equal("ready", peer.stub.ServerReady(messages.ServerReadyRequest(), timeout=TIMEOUT_S).ready, True)
    for name, ready in (("mlp", True), ("wrong-golden", False)):
        answer = peer.stub.ModelReady(messages.ModelReadyRequest(name=name), timeout=TIMEOUT_S)
        expect_equal(name, answer.ready, ready)


def metadata(peer: MlserverPeer) -> None:
    """gRPC: MLServer's converters read the metadata of the server and of a model"""
    server = ServerMetadataResponseConverter.to_types(
        peer.stub.ServerMetadata(messages.ServerMetadataRequest(), timeout=TIMEOUT_S)
    )
    expect_equal("name", server.name, "deephealth-runtime")
    expect_true("extensions", server.extensions)
    model = ModelMetadataResponseConverter.to_types(
        peer.stub.ModelMetadata(messages.ModelMetadataRequest(name="body-mass"), timeout=TIMEOUT_S)
    )
    tensors = [("height", "FP32"), ("weight", "FP32"), ("note", "BYTES"), ("index", "FP32"), ("note_out", "BYTES")]
    expect_equal(
        "tensors", named([*model.inputs, *model.outputs]), [(name, datatype, [-1, 1]) for name, datatype in tensors]
    )


def without_codec(peer: MlserverPeer) -> None:
    """gRPC: a request written by hand in MLServer's types is answered, typed and raw"""
    tensor = RequestInput(name="x", datatype="FP32", shape=[1, 4], data=SOUND_ROW.ravel().tolist())
    for use_raw in (False, True):
        response = peer.model_infer("identity-fp32", InferenceRequest(inputs=[tensor]), use_raw=use_raw)
        expect_same_array(f"raw {use_raw}", array_of(response, "y"), SOUND_ROW)


def numpy_codec(peer: MlserverPeer) -> None:
    """gRPC: NumpyCodec's FP32, INT64 and BOOL come back exactly, typed and raw"""
    for use_raw in (False, True):
        for model, array in [
            ("identity-fp32", finite_floats(np.float32)),
            ("identity-int64", WIDE_INTEGERS),
            ("identity-bool", np.array([[True, False, False, True]])),
        ]:
            response = peer.model_infer(model, numpy_request({"x": array}), use_raw=use_raw)
            expect_same_array(f"{model}, raw {use_raw}", array_of(response, "y"), array)


def half_precision(peer: MlserverPeer) -> None:
    """gRPC: NumpyCodec's FP16 comes back exactly as raw contents"""
    array = finite_floats(np.float16)
    response = peer.model_infer("identity-fp16", numpy_request({"x": array}), use_raw=True)
    expect_same_array("values", array_of(response, "y"), array)


def two_inputs(peer: MlserverPeer) -> None:
    """gRPC: two of NumpyCodec's tensors give the one output that was asked for"""
    left, right = (np.arange(first, first + 16, dtype=np.int32).reshape(1, 16) for first in (-8, 100))
    request = numpy_request({"right": right, "left": left}, outputs=[RequestOutput(name="difference")])
    for use_raw in (False, True):
        response = peer.model_infer("sum-and-difference", request, use_raw=use_raw)
        expect_equal("outputs", [output.name for output in response.outputs], ["difference"])
        expect_same_array("difference", array_of(response, "difference"), left - right)


def text_codecs(peer: MlserverPeer) -> None:
    """gRPC: texts and times come back as StringCodec and DatetimeCodec sent them"""
    numbers = {name: np.array([[2.0], [4.0]], dtype=np.float32) for name in ("height", "weight")}
    times = [datetime(2026, 2, 28, 23, 59, 59, tzinfo=timezone.utc), datetime(1999, 12, 31, 1, 2, 3)]
    for codec, values in [
        (StringCodec, ["Müller, 患者", ""]),
        (DatetimeCodec, times),
    ]:
        for use_raw in (False, True):
            request = numpy_request(numbers)
            request.inputs.append(codec.encode_input("note", values))
            response = peer.model_infer("body-mass", request, use_raw=use_raw)
            received = codec.decode_output(output_of(response, "note_out"))
            expect_equal(f"{codec.ContentType}, raw {use_raw}", received, values)


def table(peer: MlserverPeer) -> None:
    """gRPC: a table of PandasCodec is one input for each column, and is answered row by row"""
    frame = body_mass_table()
    for use_raw in (False, True):
        response = peer.model_infer("body-mass", PandasCodec.encode_request(frame), use_raw=use_raw)
        expect_same_array(f"index, raw {use_raw}", array_of(response, "index"), body_mass_of(frame))
        expect_equal(f"notes, raw {use_raw}", texts_of(output_of(response, "note_out")), frame["note"].tolist())


def table_back(peer: MlserverPeer) -> None:
    """gRPC: PandasCodec reads the answer as a table"""
    frame = body_mass_table()
    response = peer.model_infer("body-mass", PandasCodec.encode_request(frame))
    answer = PandasCodec.decode_response(response)
    expect_equal("columns", list(answer.columns), ["index", "note_out"])
    expect_equal("index", answer["index"].tolist(), body_mass_of(frame).ravel().tolist())


def reference(peer: MlserverPeer) -> None:
    """gRPC: a model gives the reference's probabilities"""
    mlp = peer.expected["mlp"]
    response = peer.model_infer("mlp", numpy_request({"features": np.array(mlp["rows"], dtype=np.float32)}))
    expected = [value for row in mlp["probabilities"] for value in row]
    expect_close("probabilities", array_of(response, "probabilities").ravel().tolist(), expected, TOLERANCE)


def id_version_and_parameters(peer: MlserverPeer) -> None:
    """gRPC: id and version are kept, a caller's own parameters do no harm, and provenance comes as parameters"""
    request = InferenceRequest(
        id="order 66/a",
        parameters=Parameters(content_type="np", headers={"x-site": "north"}, site="north", attempt=2),
        inputs=[RequestInput(name="x", datatype="FP32", shape=[1, 4], data=SOUND_ROW.ravel().tolist())],
    )
    response = peer.model_infer("identity-fp32", request, version="1")
    expect_equal("id and version", (response.id, response.model_version), ("order 66/a", "1"))
    (model,) = [m for m in peer.expected["models"] if (m["name"], m["version"]) == ("identity-fp32", "1")]
    expect_equal("package", response.parameters.deephealth_package_sha256, model["packageSha256"])


def repository(peer: MlserverPeer) -> None:
    """gRPC: MLServer's repository calls list, unload and load"""
    index = peer.stub.RepositoryIndex(messages.RepositoryIndexRequest(ready=True), timeout=TIMEOUT_S).models
    ready = sorted((m["name"], m["version"]) for m in peer.expected["models"] if m["state"] == "READY")
    expect_equal("ready", sorted((m.name, m.version) for m in index), ready)
    peer.stub.RepositoryModelUnload(
        messages.RepositoryModelUnloadRequest(model_name="identity-bool"), timeout=TIMEOUT_S
    )
    try:
        asked = messages.ModelReadyRequest(name="identity-bool")
        expect_equal("ready after the unload", peer.stub.ModelReady(asked, timeout=TIMEOUT_S).ready, False)
    finally:
        peer.stub.RepositoryModelLoad(
            messages.RepositoryModelLoadRequest(model_name="identity-bool"), timeout=TIMEOUT_S
        )
    expect_equal("ready after the load", peer.stub.ModelReady(asked, timeout=TIMEOUT_S).ready, True)


def foreign_input_name(peer: MlserverPeer) -> None:
    """gRPC: the input name that NumpyRequestCodec makes up is refused with the model's sentence"""
    request = NumpyRequestCodec.encode_request(SOUND_ROW)
    for tensor in request.inputs:
        tensor.parameters = None
    error = refusal_of(lambda: peer.model_infer("identity-fp32", request))
    expect_refusal(error, StatusCode.INVALID_ARGUMENT, "unexpected inference input 'input-1'")
    peer.expect_served()


def refusals(peer: MlserverPeer) -> None:
    """gRPC: an unknown model, a wrong shape and type and a refused model are refused each with its status"""

    def tensor(array: np.ndarray) -> InferenceRequest:
        encoded = NumpyCodec.encode_input("x", array)
        encoded.parameters = None
        return InferenceRequest(inputs=[encoded])

    for model, array, status in [
        ("no-such-model", SOUND_ROW, StatusCode.NOT_FOUND),
        ("identity-fp32", SOUND_ROW[:, :3], StatusCode.INVALID_ARGUMENT),
        ("identity-fp32", SOUND_ROW.astype(np.float64), StatusCode.INVALID_ARGUMENT),
        ("wrong-golden", SOUND_ROW, StatusCode.FAILED_PRECONDITION),
    ]:
        for use_raw in (False, True):
            error = refusal_of(lambda m=model, a=array, r=use_raw: peer.model_infer(m, tensor(a), use_raw=r))
            expect_refusal(error, status)
    peer.expect_served()


def timeout(peer: MlserverPeer) -> None:
    """gRPC: a deadline that passes is DEADLINE_EXCEEDED, and the next requests are answered"""
    slow = InferenceRequest(
        inputs=[RequestInput(name="x", datatype="FP32", shape=[1, 4], data=SOUND_ROW.ravel().tolist())]
    )
    error = refusal_of(lambda: peer.model_infer("slow", slow, timeout=0.1))
    expect_refusal(error, StatusCode.DEADLINE_EXCEEDED)
    peer.expect_served()


def at_once(peer: MlserverPeer) -> None:
    """gRPC: each of 64 requests at once gets its own answer"""

    def ask(tag: int) -> tuple[str | None, list[float]]:
        values = [tag, -tag, tag * 0.5, 1.0]
        tensor = RequestInput(name="x", datatype="FP32", shape=[1, 4], data=values)
        response = peer.model_infer("identity-fp32", InferenceRequest(id=str(tag), inputs=[tensor]))
        return response.id, array_of(response, "y").ravel().tolist()

    with ThreadPoolExecutor(max_workers=32) as pool:
        answers = list(pool.map(ask, range(64)))
    expect_equal("answers", answers, [(str(t), [float(t), -float(t), t * 0.5, 1.0]) for t in range(64)])


def base64_is_refused(peer: MlserverPeer) -> None:
    """gRPC: what Base64Codec sends would have to be decoded first, and is refused with a sentence"""
    request = numpy_request({name: np.array([[2.0]], dtype=np.float32) for name in ("height", "weight")})
    request.inputs.append(Base64Codec.encode_input("note", [b"\x00\xff"]))
    error = refusal_of(lambda: peer.model_infer("body-mass", request))
    expect_refusal(error, StatusCode.INVALID_ARGUMENT, "Parameter 'content_type' is 'base64', expected one of:")
    peer.expect_served()


CHECKS = [
    state,
    metadata,
    without_codec,
    numpy_codec,
    half_precision,
    two_inputs,
    text_codecs,
    base64_is_refused,
    table,
    table_back,
    reference,
    id_version_and_parameters,
    repository,
    foreign_input_name,
    refusals,
    timeout,
    at_once,
]
