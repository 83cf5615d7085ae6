"""Prepared numbers to a model, by the Open Inference Protocol: infer.py <http url> <features.json>."""

import json
import sys
from pathlib import Path
from urllib.request import Request, urlopen

url, file = sys.argv[1:]
features = json.loads(Path(file).read_text(encoding="utf-8"))
tensor = {"name": "features", "datatype": "FP32", "shape": [1, len(features)], "data": features}
request = Request(
    f"{url}/v2/models/heart-disease-risk/infer",
    data=json.dumps({"inputs": [tensor]}).encode(),
    headers={"Content-Type": "application/json"},
)
with urlopen(request, timeout=30) as response:
    answer = json.load(response)
print(f"{answer['outputs'][0]['name']} {answer['outputs'][0]['data'][0]:.6f}")
