"""One channel to a runtime, or to the contract face of an adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import grpc
from deephealth.runtime.v1 import input_pb2, model_pb2, model_runtime_pb2, model_runtime_pb2_grpc

from deephealth_client.refused import Refused

_LOOPBACK = ("localhost", "127.", "[::1]", "ipv4:127.", "ipv6:[::1]")
_Answer = TypeVar("_Answer")


class RuntimeClient:
    """Calls of the contract with a deadline each; refusals are raised as `Refused`."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        ca: bytes | None = None,
        tls: bool = False,
        deadline_s: float = 30.0,
        max_message_bytes: int = 128 * 1024 * 1024,
    ) -> None:
        is_secure = tls or ca is not None
        if key is not None and not is_secure and not address.startswith(_LOOPBACK):
            raise ValueError("a key is sent over TLS, or to loopback: give `ca` or `tls=True`")
        limits = [
            ("grpc.max_send_message_length", max_message_bytes),
            ("grpc.max_receive_message_length", max_message_bytes),
        ]
        self.channel: grpc.Channel = (
            grpc.secure_channel(address, grpc.ssl_channel_credentials(ca), options=limits)
            if is_secure
            else grpc.insecure_channel(address, options=limits)
        )
        self.runtime: Any = model_runtime_pb2_grpc.ModelRuntimeStub(self.channel)
        self._deadline_s = deadline_s
        self._metadata = () if key is None else (("authorization", f"Bearer {key}"),)

    def __enter__(self) -> RuntimeClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.channel.close()

    def server(self) -> model_runtime_pb2.GetServerInfoResponse:
        return self._call(self.runtime.GetServerInfo, model_runtime_pb2.GetServerInfoRequest())

    def models(self, name: str = "") -> Sequence[model_pb2.ModelSummary]:
        return self._call(self.runtime.ListModels, model_runtime_pb2.ListModelsRequest(name=name)).models

    def model(self, name: str, version: str = "") -> model_runtime_pb2.GetModelResponse:
        return self._call(self.runtime.GetModel, model_runtime_pb2.GetModelRequest(name=name, version=version))

    def predict(
        self,
        model: str,
        inputs: Iterable[input_pb2.NamedInput],
        *,
        version: str = "",
        package_sha256: str = "",
        outputs: Iterable[str] = (),
        highlights: Iterable[str] = (),
        request_id: str = "",
        deadline_s: float | None = None,
    ) -> model_runtime_pb2.PredictResponse:
        """One request. With `package_sha256`, only just that package answers."""
        request = model_runtime_pb2.PredictRequest(
            request_id=request_id,
            model_name=model,
            model_version=version,
            expected_package_sha256=package_sha256,
            inputs=inputs,
            outputs=outputs,
            highlights=highlights,
        )
        return self._call(self.runtime.Predict, request, deadline_s)

    def _call(
        self, method: Callable[..., _Answer], request: object, deadline_s: float | None = None
    ) -> _Answer:
        try:
            return method(request, timeout=deadline_s or self._deadline_s, metadata=self._metadata)
        except grpc.RpcError as error:
            raise Refused(error) from None
