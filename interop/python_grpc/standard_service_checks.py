"""Checks of gRPC's own services: health and reflection."""

from __future__ import annotations

from check_report import expect_equal, expect_true
from deephealth.runtime.v1 import (
    coding_pb2,
    finding_pb2,
    grid_pb2,
    input_pb2,
    model_pb2,
    model_runtime_pb2,
    provenance_pb2,
    tensor_pb2,
)
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, ServiceDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from inference import grpc_service_pb2
from runtime_peer import TIMEOUT_S, RuntimePeer

CONTRACT_MODULES = (
    coding_pb2,
    finding_pb2,
    grid_pb2,
    input_pb2,
    model_pb2,
    model_runtime_pb2,
    provenance_pb2,
    tensor_pb2,
    grpc_service_pb2,
    error_details_pb2,
    status_pb2,
)


def health(peer: RuntimePeer) -> None:
    """Health says SERVING, once and as a stream"""
    stub = health_pb2_grpc.HealthStub(peer.channel)
    request = health_pb2.HealthCheckRequest(service="")
    expect_equal(
        "Check", stub.Check(request, timeout=TIMEOUT_S).status, health_pb2.HealthCheckResponse.SERVING
    )
    call = stub.Watch(request, timeout=TIMEOUT_S)
    expect_equal("Watch", next(call).status, health_pb2.HealthCheckResponse.SERVING)
    call.cancel()
    expect_equal("status after giving up", call.code(), StatusCode.CANCELLED)


def reflected_services(peer: RuntimePeer) -> None:
    """Reflection lists the contract and the Open Inference Protocol"""
    services = list(ProtoReflectionDescriptorDatabase(peer.channel).get_services())
    for wanted in ("deephealth.runtime.v1.ModelRuntime", "inference.GRPCInferenceService"):
        expect_true(f"{wanted} among {services}", wanted in services)


def reflected_methods(peer: RuntimePeer) -> None:
    """Reflected services have the methods of the .proto files"""
    database = ProtoReflectionDescriptorDatabase(peer.channel)
    for module in (model_runtime_pb2, grpc_service_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            file = database.FindFileContainingSymbol(service.full_name)
            (reflected,) = [s for s in file.service if s.name == service.name]
            expect_equal(service.full_name, methods_of(reflected), methods_of(to_proto(service)))


def reflected_messages(peer: RuntimePeer) -> None:
    """Reflected messages have the names, numbers, types and presence of the .proto files"""
    database = ProtoReflectionDescriptorDatabase(peer.channel)
    for module in CONTRACT_MODULES:
        for message in module.DESCRIPTOR.message_types_by_name.values():
            file = database.FindFileContainingSymbol(message.full_name)
            (reflected,) = [m for m in file.message_type if m.name == message.name]
            expect_equal(message.full_name, fields_of(reflected), fields_of(to_proto(message)))


def resolved_imports(peer: RuntimePeer) -> None:
    """Reflected files resolve in a new pool, so that messages can be built from reflection alone"""
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(peer.channel))
    predict = pool.FindServiceByName("deephealth.runtime.v1.ModelRuntime").methods_by_name["Predict"]
    request = GetMessageClass(predict.input_type)(request_id="built", model_name="identity-fp32")
    request.inputs.add(name="x").tensor.shape.extend([1, 4])
    contract_request = model_runtime_pb2.PredictRequest.FromString(request.SerializeToString())
    expect_equal("request id", contract_request.request_id, "built")
    expect_equal("shape", list(contract_request.inputs[0].tensor.shape), [1, 4])


def to_proto(
    descriptor: Descriptor | ServiceDescriptor,
) -> descriptor_pb2.DescriptorProto | descriptor_pb2.ServiceDescriptorProto:
    is_message = isinstance(descriptor, Descriptor)
    proto = descriptor_pb2.DescriptorProto() if is_message else descriptor_pb2.ServiceDescriptorProto()
    descriptor.CopyToProto(proto)
    return proto


def methods_of(service: descriptor_pb2.ServiceDescriptorProto) -> list[tuple[str, str, str, bool, bool]]:
    return sorted(
        (m.name, last_name(m.input_type), last_name(m.output_type), m.client_streaming, m.server_streaming)
        for m in service.method
    )


def fields_of(message: descriptor_pb2.DescriptorProto) -> list[tuple[int, str, int, int, str, bool]]:
    """Fields in the order of their numbers, those of nested messages (map entries, too) after them."""
    fields = sorted(
        (f.number, f.name, f.type, f.label, last_name(f.type_name), f.proto3_optional) for f in message.field
    )
    nested = sorted(message.nested_type, key=lambda inner: inner.name)
    return fields + [field for inner in nested for field in fields_of(inner)]


def last_name(type_name: str) -> str:
    """Reflection may name types relative to their package, protoc names them in full."""
    return type_name.rpartition(".")[2]


CHECKS = [health, reflected_services, reflected_methods, reflected_messages, resolved_imports]
