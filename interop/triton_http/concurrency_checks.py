"""Checks of many requests at once over HTTP, from both of the client's faces."""

from __future__ import annotations

import asyncio

import numpy as np
import tritonclient.http.aio as aio
from array_checks import expect_same_array
from check_report import expect_equal
from http_peer import TIMEOUT_S, HttpPeer, infer_inputs, refusal_of
from tritonclient.utils import InferenceServerException

REQUESTS = 50


def row_of(tag: int) -> np.ndarray:
    return np.array([[tag, -tag, tag * 0.5, 1]], dtype=np.float32)


def asynchronous(peer: HttpPeer) -> None:
    """Each of 50 async_infer calls over ten connections gets its own answer"""
    calls = [
        peer.client.async_infer("identity-fp32", infer_inputs({"x": row_of(tag)}), request_id=str(tag))
        for tag in range(REQUESTS)
    ]
    for tag, call in enumerate(calls):
        result = call.get_result(timeout=TIMEOUT_S)
        expect_equal(f"id of {tag}", result.get_response()["id"], str(tag))
        expect_same_array(f"values of {tag}", result.as_numpy("y"), row_of(tag))


def mixed(peer: HttpPeer) -> None:
    """Refused requests among sound ones at once disturb none of these"""
    wrong = np.zeros((1, 3), dtype=np.float32)
    calls = [
        peer.client.async_infer("identity-fp32", infer_inputs({"x": wrong if tag % 5 == 0 else row_of(tag)}))
        for tag in range(REQUESTS)
    ]
    for tag, call in enumerate(calls):
        if tag % 5 == 0:
            error = refusal_of(lambda call=call: call.get_result(timeout=TIMEOUT_S))
            expect_equal(f"status of {tag}", error.status(), "400")
        else:
            result = call.get_result(timeout=TIMEOUT_S)
            expect_same_array(f"values of {tag}", result.as_numpy("y"), row_of(tag))


def asyncio_client(peer: HttpPeer) -> None:
    """The client for asyncio gets its own answer for each of 50 requests at once, and its refusals"""

    async def ask_all() -> list[np.ndarray]:
        async with aio.InferenceServerClient(url=peer.address, conn_limit=10, conn_timeout=TIMEOUT_S) as client:
            expect_equal("ready", await client.is_model_ready("identity-fp32"), True)
            calls = [client.infer("identity-fp32", infer_inputs({"x": row_of(tag)})) for tag in range(REQUESTS)]
            answers = [answer.as_numpy("y") for answer in await asyncio.gather(*calls)]
            try:
                await client.infer("no-such-model", infer_inputs({"x": row_of(1)}))
            except InferenceServerException as error:
                expect_equal(f"status of {error.message()!r}", error.status(), "404")
            else:
                expect_equal("an unknown model", "answered", "refused")
            return answers

    for tag, received in enumerate(asyncio.run(ask_all())):
        expect_same_array(f"values of {tag}", received, row_of(tag))


def abandoned(peer: HttpPeer) -> None:
    """A client that hangs up in the middle of a run leaves the model to the next one"""

    async def hang_up() -> None:
        async with aio.InferenceServerClient(url=peer.address) as client:
            call = asyncio.ensure_future(client.infer("slow", infer_inputs({"x": row_of(1)})))
            await asyncio.sleep(0.1)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)

    asyncio.run(hang_up())
    peer.expect_identity("slow", row_of(2))
    peer.expect_served()


CHECKS = [asynchronous, mixed, asyncio_client, abandoned]
