"""Checks of what the server says about itself and its models over HTTP."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from check_report import expect_equal, expect_true
from http_peer import SOUND_ROW, TIMEOUT_S, HttpPeer, expect_refusal, refusal_of


def server_state(peer: HttpPeer) -> None:
    """The server is live and ready and names itself and its extensions"""
    expect_equal("live", peer.client.is_server_live(), True)
    expect_equal("ready", peer.client.is_server_ready(), True)
    metadata = peer.client.get_server_metadata()
    expect_equal("name", metadata["name"], "deephealth-runtime")
    for extension in ("binary_tensor_data", "classification", "sequence", "statistics", "model_repository"):
        expect_true(f"{extension} among {metadata['extensions']}", extension in metadata["extensions"])


def model_ready(peer: HttpPeer) -> None:
    """A served version is ready; a refused one, an unknown version and an unknown model are not"""
    asked = [
        ("mlp", ""),
        ("identity-fp32", "1"),
        ("identity-fp32", "2"),
        ("wrong-golden", "1"),
        ("mlp", "9"),
        ("no-such-model", ""),
    ]
    ready = [key for key in asked if peer.client.is_model_ready(*key)]
    expect_equal("ready", ready, asked[:3])


def model_metadata(peer: HttpPeer) -> None:
    """Metadata names inputs, outputs, types, shapes and versions"""
    metadata = peer.client.get_model_metadata("sum-and-difference")
    tensors = [(t["name"], t["datatype"], t["shape"]) for t in [*metadata["inputs"], *metadata["outputs"]]]
    names = ("left", "right", "sum", "difference")
    expect_equal("tensors", tensors, [(name, "INT32", [-1, 16]) for name in names])
    expect_equal("name and versions", (metadata["name"], metadata["versions"]), ("sum-and-difference", ["1"]))
    versions = peer.client.get_model_metadata("identity-fp32", model_version="1")["versions"]
    expect_equal("versions beside the one asked for", sorted(versions), ["1", "2"])


def unknown_metadata(peer: HttpPeer) -> None:
    """Metadata of an unknown model is 404 with the sentence that tools look for"""
    error = refusal_of(lambda: peer.client.get_model_metadata("no-such-model"))
    expect_refusal(error, 404, "Request for unknown model: 'no-such-model'")


def model_config(peer: HttpPeer) -> None:
    """The configuration gives types and extents without the batch, and how much of it there may be"""
    config = peer.client.get_model_config("sum-and-difference")
    expect_equal("name", config["name"], "sum-and-difference")
    tensors = [(t["name"], t["data_type"], [int(d) for d in t["dims"]]) for t in config["input"] + config["output"]]
    names = ("left", "right", "sum", "difference")
    expect_equal("tensors", tensors, [(name, "TYPE_INT32", [16]) for name in names])
    expect_true("max_batch_size", int(config["max_batch_size"]) >= 1)


def sequence_config(peer: HttpPeer) -> None:
    """The configuration of a model that keeps state says so, and shows no state tensor"""
    config = peer.client.get_model_config("running-sum")
    expect_true(f"sequence_batching in {sorted(config)}", "sequence_batching" in config)
    expect_equal("tensors", [t["name"] for t in config["input"] + config["output"]], ["x", "y"])


def statistics_of(peer: HttpPeer, model: str) -> dict[str, Any]:
    (statistics,) = peer.client.get_inference_statistics(model, model_version="1")["model_stats"]
    return statistics


def grown(before: dict[str, Any], after: dict[str, Any], *path: str) -> int:
    """By how much the number at this place of two statistics has grown."""
    for key in path:
        before, after = before[key], after[key]
    return int(after) - int(before)


def statistics(peer: HttpPeer) -> None:
    """Statistics count requests, executions, and each row of a batch as an inference"""
    before = statistics_of(peer, "identity-int64")
    rows = np.arange(12, dtype=np.int64).reshape(3, 4)
    for _ in range(5):
        peer.expect_identity("identity-int64", rows)
    after = statistics_of(peer, "identity-int64")
    expect_equal("answered", grown(before, after, "inference_stats", "success", "count"), 5)
    expect_equal("failed", grown(before, after, "inference_stats", "fail", "count"), 0)
    expect_true("executions", 1 <= grown(before, after, "execution_count") <= 15)
    expect_true("time computed", grown(before, after, "inference_stats", "compute_infer", "ns") > 0)
    # Triton's statistics extension: a request with a batch of 64 adds 64.
    expect_equal("inferences", grown(before, after, "inference_count"), 15)


def failure_statistics(peer: HttpPeer) -> None:
    """A request that ran out of time is counted as failed, and as nothing else"""
    before = statistics_of(peer, "slow")
    refusal_of(lambda: peer.infer("slow", {"x": SOUND_ROW}, timeout=100_000))
    after = statistics_of(peer, "slow")
    expect_equal("failed", grown(before, after, "inference_stats", "fail", "count"), 1)
    expect_equal("answered", grown(before, after, "inference_stats", "success", "count"), 0)


def all_statistics(peer: HttpPeer) -> None:
    """Statistics without a name list every version that serves"""
    listed = {(m["name"], m["version"]) for m in peer.client.get_inference_statistics()["model_stats"]}
    ready = {(m["name"], m["version"]) for m in peer.expected["models"] if m["state"] == "READY"}
    expect_equal("served versions that are not listed", sorted(ready - listed), [])


def repository_index(peer: HttpPeer) -> None:
    """The repository index lists every version with its state, refused ones with a reason"""
    # A host that earlier checks made the server replace may still be loading.
    deadline = time.monotonic() + TIMEOUT_S
    models = peer.client.get_model_repository_index()
    while any(m["state"] == "LOADING" for m in models) and time.monotonic() < deadline:
        time.sleep(0.1)
        models = peer.client.get_model_repository_index()
    expected = [
        (m["name"], m["version"], "READY" if m["state"] == "READY" else "UNAVAILABLE")
        for m in peer.expected["models"]
    ]
    expect_equal("index", sorted((m["name"], m["version"], m["state"]) for m in models), sorted(expected))
    (refused,) = [m for m in models if m["name"] == "wrong-golden"]
    expect_true("reason", refused["reason"])


def unload_and_load(peer: HttpPeer) -> None:
    """An unloaded model is not ready and refused; loaded again, it answers"""
    model, rows = "identity-int64", np.array([[1, 2, 3, 4]], dtype=np.int64)
    peer.client.unload_model(model)
    try:
        expect_equal("ready after the unload", peer.client.is_model_ready(model), False)
        error = refusal_of(lambda: peer.infer(model, {"x": rows}))
        expect_equal(f"status of {error.message()!r}", error.status(), "400")
    finally:
        peer.client.load_model(model)
    expect_equal("ready after the load", peer.client.is_model_ready(model), True)
    peer.expect_identity(model, rows)


def load_unknown(peer: HttpPeer) -> None:
    """A load of what no store holds is refused with the sentence that tools look for"""
    error = refusal_of(lambda: peer.client.load_model("no-such-model"))
    expect_true(f"'failed to load' in {error.message()!r}", "failed to load 'no-such-model'" in error.message())


def load_with_config(peer: HttpPeer) -> None:
    """A load that brings its own configuration is refused: what serves is what was verified"""
    error = refusal_of(lambda: peer.client.load_model("mlp", config='{"max_batch_size": 1}'))
    expect_equal(f"status of {error.message()!r}", error.status(), "400")
    expect_equal("still ready", peer.client.is_model_ready("mlp"), True)


def settings(peer: HttpPeer) -> None:
    """Trace and log settings can be read and not changed"""
    expect_true("trace settings", isinstance(peer.client.get_trace_settings(), dict))
    before = peer.client.get_log_settings()
    error = refusal_of(lambda: peer.client.update_log_settings({"log_verbose_level": 1}))
    expect_true(f"status of {error.message()!r}", error.status() in ("400", "501"))
    expect_equal("log settings", peer.client.get_log_settings(), before)


def not_offered(peer: HttpPeer) -> None:
    """Shared memory of the server's machine is not offered unless the operator says so: 501"""
    error = refusal_of(lambda: peer.client.get_system_shared_memory_status())
    expect_equal(f"status of {error.message()!r}", error.status(), "501")


def trailing_state(peer: HttpPeer) -> None:
    """After all these questions the next request is answered"""
    peer.expect_identity("identity-fp32", SOUND_ROW)


CHECKS = [
    server_state,
    model_ready,
    model_metadata,
    unknown_metadata,
    model_config,
    sequence_config,
    statistics,
    failure_statistics,
    all_statistics,
    repository_index,
    unload_and_load,
    load_unknown,
    load_with_config,
    settings,
    not_offered,
    trailing_state,
]
