"""Checks of the contract's streams."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from check_report import expect_equal, expect_true
from contract_checks import expected_states, states_of
from deephealth.runtime.v1 import model_pb2, model_runtime_pb2
from runtime_peer import TIMEOUT_S, RuntimePeer, fp32_values, tensor_request

ITEMS = 20


def row_of(index: int) -> list[float]:
    return [float(index), index * 0.25, -float(index), 1.0]


def item(index: int, model: str = "identity-fp32") -> model_runtime_pb2.PredictStreamRequest:
    request = tensor_request(model, "x", row_of(index), request_id=f"request {index}")
    return model_runtime_pb2.PredictStreamRequest(item_id=f"item-{index}", request=request)


def results_of(
    peer: RuntimePeer, items: Iterator[model_runtime_pb2.PredictStreamRequest]
) -> dict[str, model_runtime_pb2.PredictStreamResponse.ItemResult]:
    """The results of a stream by item; its first message must be Ready."""
    events = list(peer.runtime.PredictStream(items, timeout=TIMEOUT_S))
    kinds = [event.WhichOneof("event") for event in events]
    expect_equal("events", kinds, ["ready"] + ["result"] * (len(events) - 1))
    expect_true("room for the items", events[0].ready.max_in_flight >= ITEMS)
    results = [event.result for event in events[1:]]
    expect_equal("items answered twice", len(results) - len({r.item_id for r in results}), 0)
    return {result.item_id: result for result in results}


def watch_models(peer: RuntimePeer) -> None:
    """WatchModels opens with a snapshot of every version and marks its end"""
    call = peer.runtime.WatchModels(model_runtime_pb2.WatchModelsRequest(), timeout=TIMEOUT_S)
    snapshot: list[model_runtime_pb2.WatchModelsResponse] = []
    for message in call:
        snapshot.append(message)
        if message.is_snapshot_complete:
            break
    call.cancel()
    expect_equal("states", states_of([message.model for message in snapshot]), expected_states(peer))
    expect_equal("messages marked as the last", sum(message.is_snapshot_complete for message in snapshot), 1)


def watch_changes(peer: RuntimePeer) -> None:
    """WatchModels reports a version that is unloaded and loaded again"""
    call = peer.runtime.WatchModels(
        model_runtime_pb2.WatchModelsRequest(name="identity-bool"), timeout=TIMEOUT_S
    )
    messages = iter(call)
    expect_equal("snapshot is complete", next(messages).is_snapshot_complete, True)
    peer.runtime.UnloadModel(
        model_runtime_pb2.UnloadModelRequest(name="identity-bool", version="1"), timeout=TIMEOUT_S
    )
    peer.runtime.LoadModel(
        model_runtime_pb2.LoadModelRequest(name="identity-bool", version="1"), timeout=TIMEOUT_S
    )
    seen: list[str] = []
    for message in messages:
        seen.append(model_pb2.ModelState.Name(message.model.state))
        if seen[-1] == "MODEL_STATE_READY":
            break
    call.cancel()
    expect_true(f"UNLOADED, then VERIFYING, then READY in {seen}", is_in_order(seen))


def is_in_order(seen: list[str]) -> bool:
    wanted = ["MODEL_STATE_UNLOADED", "MODEL_STATE_VERIFYING", "MODEL_STATE_READY"]
    return [state for state in seen if state in wanted] == wanted


def predict_stream(peer: RuntimePeer) -> None:
    """PredictStream answers each of 20 items with its own values"""
    results = results_of(peer, (item(index) for index in range(ITEMS)))
    expect_equal("items", sorted(results), sorted(f"item-{index}" for index in range(ITEMS)))
    for index in range(ITEMS):
        response = results[f"item-{index}"].response
        expect_equal("request id", response.request_id, f"request {index}")
        expect_equal(f"values of item {index}", fp32_values(response.findings[0].tensor.data), row_of(index))


def wrong_item(peer: RuntimePeer) -> None:
    """A wrong item gets its own status and the others of its stream their answers"""
    items = (item(index, "no-such-model" if index == 7 else "identity-fp32") for index in range(ITEMS))
    results = results_of(peer, items)
    outcomes = {name: result.WhichOneof("outcome") for name, result in results.items()}
    expect_equal(
        "outcomes", outcomes, {f"item-{i}": "status" if i == 7 else "response" for i in range(ITEMS)}
    )
    status = results["item-7"].status
    expect_equal(
        "code and reason",
        (status.code, status.reason),
        (grpc.StatusCode.NOT_FOUND.value[0], "MODEL_NOT_FOUND"),
    )


def cancelled_stream(peer: RuntimePeer) -> None:
    """A stream that its caller gives up ends there, and the server goes on"""
    call = peer.runtime.PredictStream((item(index, "slow") for index in range(3)), timeout=TIMEOUT_S)
    expect_equal("first event", next(call).WhichOneof("event"), "ready")
    call.cancel()
    expect_equal("status", call.code(), grpc.StatusCode.CANCELLED)
    peer.expect_served()


CHECKS = [watch_models, watch_changes, predict_stream, wrong_item, cancelled_stream]
