"""Refusals: what a request is told when it is not answered."""

from __future__ import annotations

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2


class Refusal(Exception):
    """A gRPC status with the ErrorInfo that the contract wants (DH-R-021).

    `reason` is a code of the error catalogue without "DH_". `message` and `details` name what is
    concerned; they never hold a path, a stack trace or a value of the request (DH-R-022).
    """

    def __init__(self, status: grpc.StatusCode, reason: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.details = {name: str(value) for name, value in details.items()}

    def trailer(self) -> tuple[str, bytes]:
        """The metadata entry in which gRPC carries a google.rpc.Status."""
        info = error_details_pb2.ErrorInfo(reason=self.reason, domain="deephealth", metadata=self.details)
        packed = any_pb2.Any()
        packed.Pack(info)
        code = self.status.value[0]
        status = status_pb2.Status(code=code, message=self.message, details=[packed])
        return ("grpc-status-details-bin", status.SerializeToString())


def invalid(reason: str, message: str, **details: object) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, reason, message, **details)


def not_found(reason: str, message: str) -> Refusal:
    return Refusal(grpc.StatusCode.NOT_FOUND, reason, message)


def precondition(reason: str, message: str) -> Refusal:
    return Refusal(grpc.StatusCode.FAILED_PRECONDITION, reason, message)
