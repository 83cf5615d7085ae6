"""Checks with KServe's REST client, protocol version 2."""

from __future__ import annotations

import asyncio

import httpx
import numpy as np
from array_checks import WIDE_INTEGERS, expect_same_array, finite_floats, special_floats
from check_report import CheckFailed, expect_equal, expect_true
from kserve import InferenceRESTClient
from kserve.inference_client import RESTConfig
from kserve.protocol.infer_type import RequestedOutput
from kserve_peer import (
    SOUND_ROW,
    KserveClients,
    array_of,
    as_binary,
    as_values,
    expect_rest_refusal,
    rest_refusal_of,
)

TEXTS = [["", "a", "Müller, 患者", 'quote " and \\ and \n']]


async def state(clients: KserveClients) -> None:
    """HTTP: the server is live and ready; a served model is ready, a refused and an unknown one are not"""
    expect_equal("live", await clients.rest.is_server_live(clients.base_url), True)
    expect_equal("ready", await clients.rest.is_server_ready(clients.base_url), True)
    models = ("mlp", "wrong-golden", "no-such-model")
    ready = [model for model in models if await clients.rest.is_model_ready(clients.base_url, model)]
    expect_equal("ready models", ready, ["mlp"])


async def as_json(clients: KserveClients) -> None:
    """HTTP: FP32, INT64 and BOOL come back exactly as JSON"""
    for model, array in [
        ("identity-fp32", finite_floats(np.float32)),
        ("identity-int64", WIDE_INTEGERS),
        ("identity-bool", np.array([[True, False, False, True]])),
    ]:
        headers: dict[str, str] = {}
        response = await clients.over_rest(model, [as_values("x", array)], response_headers=headers)
        expect_equal("form of the answer", headers["content-type"], "application/json")
        expect_same_array(model, array_of(response, "y"), array)


async def texts_as_json(clients: KserveClients) -> None:
    """HTTP: BYTES come back exactly as JSON"""
    response = await clients.over_rest("identity-bytes", [as_values("x", np.array(TEXTS, dtype=np.object_))])
    expect_equal("texts", response.outputs[0].data, TEXTS[0])


async def as_binary_data(clients: KserveClients) -> None:
    """HTTP: FP32 and FP16 come back bit for bit as binary data, NaN and infinities too"""
    for model, array in [
        ("identity-fp32", special_floats(np.float32)),
        ("identity-fp16", special_floats(np.float16)),
    ]:
        headers: dict[str, str] = {}
        response = await clients.over_rest(
            model, [as_binary("x", array)], response_headers=headers, parameters={"binary_data_output": True}
        )
        expect_true("length of the JSON", int(headers["inference-header-content-length"]) > 0)
        # This client turns binary answers into lists of Python numbers, which lose the payload of NaN.
        received = array_of(response, "y")
        expect_equal("places of NaN", np.isnan(received).tolist(), np.isnan(array).tolist())
        isnt_nan = ~np.isnan(array)
        expect_same_array(model, received[isnt_nan], array[isnt_nan])


async def mixed(clients: KserveClients) -> None:
    """HTTP: one input as binary data and one as JSON give one output as JSON and one as binary data"""
    left, right = (np.arange(first, first + 48, dtype=np.int32).reshape(3, 16) for first in (100, -7))
    response = await clients.over_rest(
        "sum-and-difference",
        [as_binary("left", left), as_values("right", right)],
        request_outputs=[
            RequestedOutput("sum", parameters={"binary_data": False}),
            RequestedOutput("difference", parameters={"binary_data": True}),
        ],
    )
    expect_same_array("sum", array_of(response, "sum"), left + right)
    expect_same_array("difference", array_of(response, "difference"), left - right)


async def id_and_provenance(clients: KserveClients) -> None:
    """HTTP: the id is kept, and provenance comes as parameters"""
    response = await clients.over_rest("mlp", [as_values("features", SOUND_ROW)], request_id="order 66/a")
    expect_equal("id and model", (response.id, response.model_name), ("order 66/a", "mlp"))
    (model,) = [m for m in clients.expected["models"] if m["name"] == "mlp"]
    expect_equal("package", response.parameters["deephealth_package_sha256"], model["packageSha256"])


async def columns(clients: KserveClients) -> None:
    """HTTP: a table with one input for each column, of several types, is answered row by row"""
    height = np.array([[1.5], [1.83], [2]], dtype=np.float32)
    weight = np.array([[72], [91.5], [100]], dtype=np.float32)
    note = np.array([["at rest"], [""], ["ü"]], dtype=np.object_)
    inputs = [as_values("height", height), as_binary("weight", weight), as_values("note", note)]
    response = await clients.over_rest("body-mass", inputs)
    expect_same_array("index", array_of(response, "index"), weight / (height * height))
    (notes,) = [output.data for output in response.outputs if output.name == "note_out"]
    expect_equal("notes", notes, ["at rest", "", "ü"])


async def at_once(clients: KserveClients) -> None:
    """HTTP: each of 50 requests at once gets its own answer"""
    rows = [np.array([[tag, -tag, tag * 0.5, 1]], dtype=np.float32) for tag in range(50)]
    calls = [clients.over_rest("identity-fp32", [as_values("x", row)], request_id=str(i)) for i, row in enumerate(rows)]
    for tag, response in enumerate(await asyncio.gather(*calls)):
        expect_equal("id", response.id, str(tag))
        expect_same_array(f"values of {tag}", array_of(response, "y"), rows[tag])


async def refusals(clients: KserveClients) -> None:
    """HTTP: an unknown model, a wrong name, shape and type are refused each with its own sentence"""
    row = SOUND_ROW
    for model, tensor, status, start in [
        ("no-such-model", as_values("x", row), 404, "Request for unknown model: 'no-such-model'"),
        ("identity-fp32", as_values("z", row), 400, "unexpected inference input 'z'"),
        ("identity-fp32", as_values("x", row[:, :3]), 400, ""),
        ("identity-fp32", as_binary("x", row.astype(np.float64)), 400, ""),
        ("wrong-golden", as_values("x", row), 400, ""),
    ]:
        error = await rest_refusal_of(clients.over_rest(model, [tensor]))
        expect_rest_refusal(error, status, start)
    await clients.expect_served()


async def not_finite(clients: KserveClients) -> None:
    """HTTP: NaN that the model gives is refused as JSON, not written as null"""
    array = special_floats(np.float32)
    error = await rest_refusal_of(clients.over_rest("identity-fp32", [as_binary("x", array)]))
    expect_rest_refusal(error, 400, 'Output "y" holds NaN or infinity, which JSON cannot carry.')


async def timeout(clients: KserveClients) -> None:
    """HTTP: a client that waits no longer than its timeout disturbs nobody"""
    try:
        answer = await clients.over_rest("slow", [as_values("x", SOUND_ROW)], timeout=0.1)
    except httpx.TimeoutException:
        pass
    else:
        raise CheckFailed("the client must give up", "a timeout", answer)
    await clients.expect_served()


async def first_protocol(clients: KserveClients) -> None:
    """HTTP: a client of protocol version 1 is told 404 with a sentence, not left with a web page"""
    async with InferenceRESTClient(RESTConfig(protocol="v1")) as client:
        error = await rest_refusal_of(
            client.infer(clients.base_url, {"instances": [[1, 2, 3, 4]]}, model_name="identity-fp32")
        )
    expect_rest_refusal(error, 404)
    expect_equal("form of the answer", error.response.headers["content-type"], "application/json")
    expect_true("sentence", error.response.json()["error"])


CHECKS = [
    state,
    as_json,
    texts_as_json,
    as_binary_data,
    mixed,
    id_and_provenance,
    columns,
    at_once,
    refusals,
    not_finite,
    timeout,
    first_protocol,
]
