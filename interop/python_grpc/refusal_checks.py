"""Checks of what the contract refuses: status, reason, domain and metadata of each error."""

from __future__ import annotations

from functools import partial

import grpc
from check_report import CheckFailed, expect_equal, expect_true
from deephealth.runtime.v1 import model_runtime_pb2
from grpc import StatusCode
from runtime_peer import (
    RuntimePeer,
    expect_refusal,
    fp32_bytes,
    patient_values,
    refusal_of,
    table_request,
    tensor_request,
)

ROW = [1.0, 2.0, 3.0, 4.0]


def wrong_input_name(peer: RuntimePeer) -> None:
    """A wrong input name is INVALID_ARGUMENT and INPUT_UNKNOWN"""
    refusal = refusal_of(lambda: peer.predict(tensor_request("identity-fp32", "y", ROW)))
    expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "INPUT_UNKNOWN", source="caller", retryable="false")
    peer.expect_served()


def wrong_byte_count(peer: RuntimePeer) -> None:
    """One byte more, one less and none are INVALID_ARGUMENT and TENSOR_SIZE_MISMATCH"""
    sound = fp32_bytes(ROW)
    for data in (sound + b"\x00", sound[:-1], b""):
        request = tensor_request("identity-fp32", "x", ROW, data)
        refusal = refusal_of(partial(peer.predict, request))
        expect_refusal(
            refusal, StatusCode.INVALID_ARGUMENT, "TENSOR_SIZE_MISMATCH", input="x", source="caller"
        )
    peer.expect_served()


def wrong_shape(peer: RuntimePeer) -> None:
    """A row that is too long is INVALID_ARGUMENT and TENSOR_SHAPE_MISMATCH"""
    refusal = refusal_of(lambda: peer.predict(tensor_request("identity-fp32", "x", [*ROW, 5.0])))
    expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "TENSOR_SHAPE_MISMATCH", input="x")


def not_finite(peer: RuntimePeer) -> None:
    """NaN where the manifest does not allow it is INVALID_ARGUMENT and VALUE_NOT_FINITE"""
    refusal = refusal_of(
        lambda: peer.predict(tensor_request("mlp", "features", [1.0, float("nan"), 0.0, 0.0]))
    )
    expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "VALUE_NOT_FINITE", input="features")
    peer.expect_served()


def unknown_model(peer: RuntimePeer) -> None:
    """An unknown model is NOT_FOUND and MODEL_NOT_FOUND, in Predict and in GetModel"""
    request = model_runtime_pb2.GetModelRequest(name="no-such-model")
    for call in (
        lambda: peer.predict(tensor_request("no-such-model", "x", ROW)),
        lambda: peer.runtime.GetModel(request, timeout=10),
    ):
        expect_refusal(refusal_of(call), StatusCode.NOT_FOUND, "MODEL_NOT_FOUND")


def unknown_version(peer: RuntimePeer) -> None:
    """An unknown version is NOT_FOUND and MODEL_VERSION_NOT_FOUND"""
    refusal = refusal_of(lambda: peer.predict(tensor_request("mlp", "features", ROW, model_version="9")))
    expect_refusal(refusal, StatusCode.NOT_FOUND, "MODEL_VERSION_NOT_FOUND")


def refused_model(peer: RuntimePeer) -> None:
    """A version that failed verification is FAILED_PRECONDITION, whoever asks for it"""
    refusal = refusal_of(lambda: peer.predict(tensor_request("wrong-golden", "x", ROW)))
    expect_refusal(refusal, StatusCode.FAILED_PRECONDITION, "MODEL_QUARANTINED", source="model")
    request = model_runtime_pb2.LoadModelRequest(name="wrong-golden", version="1")
    refusal = refusal_of(lambda: peer.runtime.LoadModel(request, timeout=60))
    expect_refusal(refusal, StatusCode.FAILED_PRECONDITION, "GOLDEN_MISMATCH", source="model")


def pinned_digest(peer: RuntimePeer) -> None:
    """Another pinned package is FAILED_PRECONDITION and PACKAGE_DIGEST_MISMATCH"""
    request = tensor_request("identity-fp32", "x", ROW, expected_package_sha256="0" * 64)
    expect_refusal(
        refusal_of(lambda: peer.predict(request)), StatusCode.FAILED_PRECONDITION, "PACKAGE_DIGEST_MISMATCH"
    )


def value_out_of_range(peer: RuntimePeer) -> None:
    """A value outside its valid range is refused by column, and no text repeats it"""
    refusal = refusal_of(lambda: peer.predict(table_request(patient_values(age=1357.25))))
    expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "VALUE_OUT_OF_RANGE", input="patient", column="age")
    texts = [refusal.message, *refusal.metadata.values()]
    expect_true(f"no 1357 in {texts}", not any("1357" in text for text in texts))


def wrong_unit(peer: RuntimePeer) -> None:
    """Another unit than the declared one is UNIT_MISMATCH and nothing is converted"""
    for unit in ("mo", ""):
        request = table_request(patient_values(age_unit=unit))
        refusal = refusal_of(partial(peer.predict, request))
        expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "UNIT_MISMATCH", column="age", expected="a")


def missing_column(peer: RuntimePeer) -> None:
    """A column that was not sent is COLUMN_MISSING"""
    refusal = refusal_of(lambda: peer.predict(table_request(patient_values()[1:])))
    expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "COLUMN_MISSING", input="patient", column="age")


def unknown_output(peer: RuntimePeer) -> None:
    """An output that the model does not declare is OUTPUT_UNKNOWN"""
    refusal = refusal_of(lambda: peer.predict(tensor_request("identity-fp32", "x", ROW, outputs=["z"])))
    expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "OUTPUT_UNKNOWN")


def unserved_feature(peer: RuntimePeer) -> None:
    """A sequence is UNIMPLEMENTED and FEATURE_UNSUPPORTED"""
    context = model_runtime_pb2.SequenceContext(sequence_id="visit", is_start=True)
    refusal = refusal_of(
        lambda: peer.predict(tensor_request("identity-fp32", "x", ROW, sequence_context=context))
    )
    expect_refusal(refusal, StatusCode.UNIMPLEMENTED, "FEATURE_UNSUPPORTED")


def malformed_message(peer: RuntimePeer) -> None:
    """Bytes that are no message are refused, and the connection serves the next request"""
    predict = peer.channel.unary_unary("/deephealth.runtime.v1.ModelRuntime/Predict")
    try:
        # A length-delimited field that claims more bytes than follow.
        predict(b"\x2a\xff\x01abc", timeout=10)
    except grpc.RpcError as error:
        expect_true(
            f"an error of the request, not {error.code()}",
            error.code() in (StatusCode.INTERNAL, StatusCode.INVALID_ARGUMENT),
        )
    else:
        raise CheckFailed("the call must be refused", "an error", "an answer")
    peer.expect_served()


def message_too_large(peer: RuntimePeer) -> None:
    """A message above the server's limit is RESOURCE_EXHAUSTED, and the server goes on"""
    limit = peer.runtime.GetServerInfo(
        model_runtime_pb2.GetServerInfoRequest(), timeout=10
    ).limits.max_message_bytes
    request = tensor_request("identity-fp32", "x", ROW, bytes(limit + 1))
    try:
        peer.predict(request)
    except grpc.RpcError as error:
        expect_equal("status code", error.code(), StatusCode.RESOURCE_EXHAUSTED)
    else:
        raise CheckFailed("the call must be refused", "an error", "an answer")
    peer.expect_served()


def passed_deadline(peer: RuntimePeer) -> None:
    """A deadline that passes is DEADLINE_EXCEEDED, and the model answers the next request"""
    try:
        peer.runtime.Predict(tensor_request("slow", "x", ROW), timeout=0.1)
    except grpc.RpcError as error:
        expect_equal("status code", error.code(), StatusCode.DEADLINE_EXCEEDED)
    else:
        raise CheckFailed("the call must be refused", "an error", "an answer")
    peer.expect_served()


CHECKS = [
    wrong_input_name,
    wrong_byte_count,
    wrong_shape,
    not_finite,
    unknown_model,
    unknown_version,
    refused_model,
    pinned_digest,
    value_out_of_range,
    wrong_unit,
    missing_column,
    unknown_output,
    unserved_feature,
    malformed_message,
    message_too_large,
    passed_deadline,
]
