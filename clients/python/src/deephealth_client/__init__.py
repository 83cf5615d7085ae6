"""Client of the DeepHealth contract."""

from deephealth_client.client import RuntimeClient
from deephealth_client.inputs import file_input, table_input, tensor_input
from deephealth_client.refused import Refused

__all__ = ["Refused", "RuntimeClient", "file_input", "table_input", "tensor_input"]
