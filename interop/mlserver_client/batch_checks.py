"""Checks with `mlserver infer`, which sends a file of requests in batches."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from check_report import CheckFailed, expect_equal, expect_true
from mlserver_peer import MlserverPeer

LIMIT_S = 60


def row_of(tag: int) -> list[float]:
    return [float(tag), -float(tag), tag * 0.5, 1.0]


def request_of(tag: int, values: list[float] | None = None, **more: Any) -> dict[str, Any]:
    data = values or row_of(tag)
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, len(data)], "data": data, **more}
    return {"id": f"request-{tag}", "inputs": [tensor]}


def infer(peer: MlserverPeer, model: str, lines: list[object], *flags: str) -> list[dict[str, Any]]:
    """What the command wrote, in the order of the lines that it was given."""
    asked, answered = peer.scratch / "requests.jsonl", peer.scratch / "answers.jsonl"
    asked.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    answered.unlink(missing_ok=True)
    mlserver = Path(sys.executable).with_name("mlserver")
    command = [str(mlserver), "infer", "-u", peer.http_address, "-m", model, "-i", str(asked), "-o", str(answered)]
    ended = subprocess.run([*command, "-r", "1", *flags], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if ended.returncode != 0:
        raise CheckFailed("exit code of mlserver infer", 0, (ended.returncode, ended.stderr[-800:]))
    answers = [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
    return sorted(answers, key=lambda answer: answer["parameters"]["batch_index"])


def values_of(answers: list[dict[str, Any]]) -> list[tuple[str, list[float]]]:
    return [(answer["id"], answer["outputs"][0]["data"]) for answer in answers]


def batches(peer: MlserverPeer) -> None:
    """mlserver infer: ten requests in batches of four come back each with its own values"""
    for flags in ((), ("--binary-data",)):
        answers = infer(peer, "identity-fp32", [request_of(tag) for tag in range(10)], "-s", "4", "-w", "2", *flags)
        expect_equal(f"answers {flags}", values_of(answers), [(f"request-{tag}", row_of(tag)) for tag in range(10)])


def one_by_one(peer: MlserverPeer) -> None:
    """mlserver infer: single requests are answered, with the model and version that did"""
    answers = infer(peer, "identity-fp32", [request_of(tag) for tag in range(5)], "-w", "3")
    expect_equal("answers", values_of(answers), [(f"request-{tag}", row_of(tag)) for tag in range(5)])
    models = {(answer["model_name"], answer["model_version"]) for answer in answers}
    expect_equal("models", models, {("identity-fp32", "2")})


def several_inputs(peer: MlserverPeer) -> None:
    """mlserver infer: requests of several inputs are merged and split again input by input"""

    def columns(tag: int) -> dict[str, Any]:
        tensors = [("height", "FP32", 2.0), ("weight", "FP32", 4.0 * tag), ("note", "BYTES", f"note {tag}")]
        inputs = [{"name": n, "datatype": d, "shape": [1, 1], "data": [value]} for n, d, value in tensors]
        # Only texts that are told to be such keep their form in this command.
        inputs[2]["parameters"] = {"content_type": "str"}
        return {"id": f"request-{tag}", "inputs": inputs}

    answers = infer(peer, "body-mass", [columns(tag) for tag in range(6)], "-s", "3", "-w", "1")
    received = {answer["id"]: {o["name"]: o["data"] for o in answer["outputs"]}.get("index") for answer in answers}
    expect_equal("index", received, {f"request-{tag}": [float(tag)] for tag in range(6)})


def refused(peer: MlserverPeer) -> None:
    """mlserver infer: a request of a wrong shape is an error with our sentence, and the others are answered"""
    lines = [request_of(0), request_of(1, values=[1.0, 2.0, 3.0]), request_of(2)]
    answers = infer(peer, "identity-fp32", lines, "-w", "1")
    expect_equal("answered", values_of([answers[0], answers[2]]), [("request-0", row_of(0)), ("request-2", row_of(2))])
    message = answers[1]["error"]["msg"]
    expect_true(f"the input in {message!r}", '"x"' in message or "'x'" in message)


def no_request(peer: MlserverPeer) -> None:
    """mlserver infer: a line that is no request is told apart, and the others of its batch are answered"""
    answers = infer(peer, "identity-fp32", [request_of(0), {"nonsense": True}, request_of(2)], "-s", "3")
    expect_equal("answered", values_of([answers[0], answers[2]]), [("request-0", row_of(0)), ("request-2", row_of(2))])
    expect_true("error", answers[1]["error"])


def unknown_model(peer: MlserverPeer) -> None:
    """mlserver infer: an unknown model is an error in every line, with the sentence that tools look for"""
    answers = infer(peer, "no-such-model", [request_of(tag) for tag in range(2)])
    for answer in answers:
        message = answer["error"]["msg"]
        expect_true(f"sentence in {message!r}", "Request for unknown model: 'no-such-model'" in message)
    expect_equal("lines", len(answers), 2)


CHECKS = [batches, one_by_one, several_inputs, refused, no_request, unknown_model]
