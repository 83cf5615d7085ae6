"""Checks a server with the Python client as it is packed."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from check_report import CheckFailed, expect_equal, expect_true, run_checks
from deephealth_client import Refused, RuntimeClient, file_input, table_input, tensor_input

MODEL = "heart-disease-risk"


@dataclass(frozen=True)
class Peer:
    client: RuntimeClient
    address: str
    samples: Path

    def patient(self) -> dict[str, Any]:
        path = self.samples / "inputs" / MODEL / "high-risk.json"
        told = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: (cell["value"], cell["unit"]) if "unit" in cell else cell["value"]
            for name, cell in told.items()
        }


def refused(call: Any) -> Refused:
    try:
        answer = call()
    except Refused as error:
        return error
    raise CheckFailed("the call must be refused", "an error", answer)


def what_is_served(peer: Peer) -> None:
    """The client lists the models of the samples, and what one of them takes"""
    expect_equal("server", peer.client.server().name, "deephealth-runtime")
    names = {model.name for model in peer.client.models()}
    expect_true(f"{MODEL} among {names}", MODEL in names and len(names) > 1)
    expect_equal("one name", [model.name for model in peer.client.models(MODEL)], [MODEL])
    expect_equal("inputs", [one.name for one in peer.client.model(MODEL).model.inputs], ["patient"])


def a_table(peer: Peer) -> None:
    """The client asks with named values, and the pinned package answers"""
    [summary] = peer.client.models(MODEL)
    inputs = [table_input("patient", peer.patient())]
    answer = peer.client.predict(MODEL, inputs, package_sha256=summary.package_sha256, request_id="a-1")
    expect_equal("request", answer.request_id, "a-1")
    expect_equal("package", answer.provenance.package_sha256, summary.package_sha256)
    [finding] = answer.findings
    top = max(one.probability for one in finding.classification.classes)
    expect_true(f"a clear decision ({top})", 0.5 < top <= 1)


def a_picture(peer: Peer) -> None:
    """The client sends a file as it is"""
    data = (peer.samples / "inputs" / "retina-vessels" / "disc.png").read_bytes()
    [name] = [one.name for one in peer.client.model("retina-vessels").model.inputs]
    answer = peer.client.predict("retina-vessels", [file_input(name, data, "image/png")])
    expect_true("findings", len(answer.findings) > 0)


def refusals(peer: Peer) -> None:
    """A refusal has its reason and what it is about"""
    values = peer.patient()
    del values["age"]
    missing = refused(lambda: peer.client.predict(MODEL, [table_input("patient", values)]))
    expect_equal("reason", (missing.code, missing.reason), (grpc.StatusCode.INVALID_ARGUMENT, "COLUMN_MISSING"))
    expect_equal("column", missing.metadata["column"], "age")
    expect_equal("retry", missing.is_retryable, False)
    kind = refused(lambda: peer.client.predict(MODEL, [tensor_input("patient", [1.0], [1, 1])]))
    expect_equal("kind", kind.reason, "INPUT_KIND_MISMATCH")
    pinned = refused(
        lambda: peer.client.predict(MODEL, [table_input("patient", peer.patient())], package_sha256="0" * 64)
    )
    expect_equal("pinned", pinned.reason, "PACKAGE_DIGEST_MISMATCH")


def nobody_listens(peer: Peer) -> None:
    """Where nobody listens the call ends, without a reason and to be asked again"""
    with RuntimeClient("127.0.0.1:1", deadline_s=5) as client:
        lost = refused(client.server)
    expect_equal("reason", lost.reason, "")
    expect_true(f"{lost.code}", lost.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED))


def keys(peer: Peer) -> None:
    """A key is sent to loopback and never elsewhere without TLS"""
    with RuntimeClient(peer.address, key="a-key") as client:
        expect_true("answers", len(client.models()) > 0)
    try:
        RuntimeClient("192.0.2.1:8500", key="a-key")
    except ValueError as error:
        expect_true("says what to give", "tls" in str(error))
    else:
        raise CheckFailed("the key must be kept", "ValueError", "a client")


CHECKS = [what_is_served, a_table, a_picture, refusals, nobody_listens, keys]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--samples", required=True, type=Path)
    options = parser.parse_args()
    with RuntimeClient(options.address) as client:
        return run_checks("packed_packages", CHECKS, Peer(client, options.address, options.samples))


if __name__ == "__main__":
    sys.exit(main())
