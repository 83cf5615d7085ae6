"""What a server says when it does not answer."""

from __future__ import annotations

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_TRAILER = "grpc-status-details-bin"


class Refused(Exception):
    """A call that was refused or did not come through; match on `reason`, whose texts `docs/errors.md` lists."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.code: grpc.StatusCode = error.code()
        self.reason = ""
        self.metadata: dict[str, str] = {}
        for detail in _details(error):
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                info = error_details_pb2.ErrorInfo.FromString(detail.value)
                self.reason, self.metadata = info.reason, dict(info.metadata)
        super().__init__(f"{self.reason or self.code.name}: {error.details()}")

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may be answered later, as the server says, or as the code does without a reason."""
        told = self.metadata.get("retryable")
        return told == "true" if told is not None else self.code is grpc.StatusCode.UNAVAILABLE


def _details(error: grpc.RpcError) -> list[Any]:
    for key, value in error.trailing_metadata() or ():
        if key == _TRAILER:
            try:
                return list(status_pb2.Status.FromString(value).details)
            except DecodeError:
                return []
    return []
