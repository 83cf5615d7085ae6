"""Our server as a reader of DICOM files, and pydicom as the other one."""

from __future__ import annotations

from pathlib import Path

import grpc
import numpy as np
from check_report import CheckFailed, expect_equal
from deephealth.runtime.v1 import input_pb2, model_runtime_pb2, model_runtime_pb2_grpc
from google.rpc import error_details_pb2, status_pb2

TIMEOUT_S = 60.0
MAX_MESSAGE_BYTES = 128 * 1024 * 1024


class DicomPeer:
    """A stub on one channel."""

    def __init__(self, address: str) -> None:
        options = [
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ]
        self.runtime = model_runtime_pb2_grpc.ModelRuntimeStub(grpc.insecure_channel(address, options=options))

    def values(self, model: str, file: Path, frame: int = 0) -> np.ndarray:
        """What the model gives of a frame, FP32 [height, width] or [height, width, 3]."""
        image = input_pb2.Image(data=file.read_bytes(), media_type="application/dicom", frame=frame)
        request = model_runtime_pb2.PredictRequest(
            model_name=model, inputs=[input_pb2.NamedInput(name="image", image=image)]
        )
        tensor = self.runtime.Predict(request, timeout=TIMEOUT_S).findings[0].tensor
        values = np.frombuffer(tensor.data, dtype="<f4").reshape([int(extent) for extent in tensor.shape])
        return values[0, :, :, 0] if values.shape[3] == 1 else values[0]

    def refusal(self, model: str, file: Path) -> str:
        """The reason of a refusal; fails the check if the file is accepted."""
        try:
            answer = self.values(model, file)
        except grpc.RpcError as error:
            trailers = dict(error.trailing_metadata() or ())
            status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
            info = error_details_pb2.ErrorInfo()
            found = [detail for detail in status.details if detail.Unpack(info)]
            expect_equal("number of ErrorInfo details", len(found), 1)
            return info.reason
        raise CheckFailed("the file must be refused", "an error", answer.shape)
