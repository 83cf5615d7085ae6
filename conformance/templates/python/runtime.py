"""A minimal runtime of deephealth.runtime.v1: python runtime.py <folder with the models> [port]."""

from __future__ import annotations

import functools
import logging
import signal
import sys
import threading
from collections.abc import Callable
from concurrent import futures
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "generated"))

import grpc  # noqa: E402
from checks import MAX_TENSOR_ELEMENTS, check_inputs, check_package, check_request, wanted_outputs  # noqa: E402
from deephealth.runtime.v1 import (  # noqa: E402
    finding_pb2,
    model_pb2,
    model_runtime_pb2,
    model_runtime_pb2_grpc,
    provenance_pb2,
    tensor_pb2,
)
from models import Declared, Tensor  # noqa: E402
from packages import Package  # noqa: E402
from refusal import Refusal  # noqa: E402
from store import Store, Version  # noqa: E402

NAME, VERSION = "template-python", "0.1.0"
ENGINE = f"python/{sys.version_info.major}.{sys.version_info.minor}"
MAX_MESSAGE_BYTES = 8 * 1024 * 1024
# Each call holds one while it runs, one that watches too.
THREADS = 32
WATCH_SECONDS = 0.2


def refusals_as_status(method: Callable) -> Callable:
    """The one place where an error becomes a status: gRPC itself would send the text of any exception."""

    @functools.wraps(method)
    def answered(self, request, context):
        try:
            return method(self, request, context)
        except Refusal as refused:
            refusal = refused
        except Exception:
            logging.exception("%s failed", method.__name__)
            refusal = Refusal(grpc.StatusCode.INTERNAL, "INTERNAL", "Internal error. The log has the details.")
        context.set_trailing_metadata([refusal.trailer()])
        context.abort(refusal.status, refusal.message)

    return answered


class ModelRuntime(model_runtime_pb2_grpc.ModelRuntimeServicer):
    def __init__(self, store: Store, before_run: Callable[[str], None] = lambda name: None) -> None:
        """`before_run` is called with the model's name before each run: a place for a harness to put faults."""
        self.store = store
        self.before_run = before_run

    @refusals_as_status
    def GetServerInfo(self, request, context):
        return model_runtime_pb2.GetServerInfoResponse(
            name=NAME,
            version=VERSION,
            contract_versions=[model_runtime_pb2.ContractVersion(major=1, minor=0)],
            execution_providers=["cpu"],
            limits=model_runtime_pb2.Limits(
                max_message_bytes=MAX_MESSAGE_BYTES, max_tensor_elements=MAX_TENSOR_ELEMENTS, max_queue_length=1
            ),
            is_ready=True,
            engine=ENGINE,
        )

    @refusals_as_status
    def ListModels(self, request, context):
        listed = [one.summary() for one in self.store.versions if request.name in ("", one.name)]
        return model_runtime_pb2.ListModelsResponse(models=listed)

    @refusals_as_status
    def GetModel(self, request, context):
        return model_runtime_pb2.GetModelResponse(model=describe(self.store.find(request.name, request.version)))

    def WatchModels(self, request, context):
        versions = [one for one in self.store.versions if request.name in ("", one.name)]
        told = [one.summary() for one in versions]
        for index, summary in enumerate(told):
            yield model_runtime_pb2.WatchModelsResponse(model=summary, is_snapshot_complete=index == len(told) - 1)
        while context.is_active():
            with self.store.changed:
                # Wakes now and then to see whether the caller is still there.
                self.store.changed.wait(WATCH_SECONDS)
            for index, one in enumerate(versions):
                summary = one.summary()
                if summary != told[index]:
                    told[index] = summary
                    yield model_runtime_pb2.WatchModelsResponse(model=summary)

    @refusals_as_status
    def LoadModel(self, request, context):
        version = self.store.find(request.name, request.version)
        self.store.load(version)
        return model_runtime_pb2.LoadModelResponse(model=version.summary())

    @refusals_as_status
    def UnloadModel(self, request, context):
        version = self.store.find(request.name, request.version)
        self.store.unload(version)
        return model_runtime_pb2.UnloadModelResponse(model=version.summary())

    @refusals_as_status
    def VerifyModel(self, request, context):
        version = self.store.find(request.name, request.version)
        self.store.verify(version)
        passed = version.refused is None
        check = model_pb2.VerificationCheck(
            name="package",
            status=model_pb2.CHECK_STATUS_PASSED if passed else model_pb2.CHECK_STATUS_FAILED,
            message="" if passed else version.refused.message,
        )
        # This runtime computes no golden case: it says so by not counting any.
        return model_runtime_pb2.VerifyModelResponse(
            model=version.summary(), report=model_pb2.VerificationReport(checks=[check])
        )

    @refusals_as_status
    def Predict(self, request, context):
        check_request(request)
        version = self.store.find(request.model_name, request.model_version)
        with self.store.running(version) as package:
            check_package(request, package)
            inputs = check_inputs(version.model, request.inputs)
            wanted = wanted_outputs(version.model, request.outputs)
            self.before_run(version.name)
            outputs = version.model.run(inputs)
        return answer(request, version, package, {name: outputs[name] for name in wanted})


def answer(
    request: model_runtime_pb2.PredictRequest, version: Version, package: Package, outputs: dict[str, Tensor]
) -> model_runtime_pb2.PredictResponse:
    warnings = []
    if package.manifest["researchUseOnly"]:
        kind = provenance_pb2.WARNING_KIND_RESEARCH_USE_ONLY
        warnings.append(provenance_pb2.Warning(kind=kind, message="The model is for research only."))
    return model_runtime_pb2.PredictResponse(
        request_id=request.request_id,
        findings=[finding_pb2.Finding(name=name, tensor=to_wire(tensor)) for name, tensor in outputs.items()],
        provenance=provenance_pb2.Provenance(
            model_name=version.name,
            model_version=version.version,
            package_sha256=package.sha256,
            onnx_sha256=package.onnx_sha256,
            runtime=f"{NAME}/{VERSION}",
            engine=ENGINE,
            execution_provider="cpu",
            batch_size=1,
            contract_version="1.0",
        ),
        warnings=warnings,
    )


def to_wire(tensor: Tensor) -> tensor_pb2.Tensor:
    return tensor_pb2.Tensor(data_type=tensor.data_type, shape=tensor.shape, data=tensor.data)


def describe(version: Version) -> model_pb2.ModelDescriptor:
    described = model_pb2.ModelDescriptor(
        summary=version.summary(),
        inputs=[
            model_pb2.InputDescriptor(name=one.name, kind=model_pb2.INPUT_KIND_TENSOR, required=True)
            for one in version.model.inputs
        ],
        outputs=[model_pb2.OutputDescriptor(name=one.name, kind="tensor") for one in version.model.outputs],
        tensor_inputs=[describe_tensor(one) for one in version.model.inputs],
        tensor_outputs=[describe_tensor(one) for one in version.model.outputs],
        execution_providers=["cpu"],
        proven_batch_size=1,
    )
    if version.package is not None:
        manifest = version.package.manifest
        described.intended_use = manifest["intendedUse"]
        described.limitations.extend(manifest["limitations"])
        described.license = manifest["license"]
        described.research_use_only = manifest["researchUseOnly"]
        described.onnx_sha256 = version.package.onnx_sha256
        described.manifest_json = version.package.manifest_json
    return described


def describe_tensor(declared: Declared) -> model_pb2.TensorDescriptor:
    return model_pb2.TensorDescriptor(name=declared.name, data_type=declared.data_type, shape=declared.shape)


def serve(runtime: ModelRuntime, port: int = 0) -> tuple[grpc.Server, str]:
    """Serves on loopback; gives the server and its address. Port 0 takes a free one."""
    limits = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", -1)]
    # Without this, a second runtime on the same port would share its calls, unnoticed.
    options = [*limits, ("grpc.so_reuseport", 0)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=THREADS), options=options)
    model_runtime_pb2_grpc.add_ModelRuntimeServicer_to_server(runtime, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, f"127.0.0.1:{port}"


def main() -> None:
    server, address = serve(ModelRuntime(Store(Path(sys.argv[1]))), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(f"DH|1|1|tcp|{address}", flush=True)
    told_to_stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: told_to_stop.set())
    told_to_stop.wait()
    server.stop(grace=10).wait()


if __name__ == "__main__":
    main()
