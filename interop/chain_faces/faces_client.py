"""A client of both faces that knows the standards and nothing of this product.

Every answer is validated by the kind that the standard gives it.
"""

from __future__ import annotations

import json
import time
from typing import Any

import requests
from standards import Standards

WES = "/ga4gh/wes/v1"
ENDED = {"COMPLETE", "EXECUTOR_ERROR", "SYSTEM_ERROR", "CANCELED", "PREEMPTED"}


class FacesClient:
    """Speaks to one server; `kind` is what the answer must be, for any status below 400."""

    def __init__(self, url: str, standards: Standards, key: str | None = None) -> None:
        self.url = url.rstrip("/")
        self.standards = standards
        self.session = requests.Session()
        self.session.trust_env = False
        if key is not None:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, kind: str | None, **more: Any) -> requests.Response:
        url = path if path.startswith("http") else self.url + path
        answer = self.session.request(method, url, timeout=60, **more)
        is_json = "json" in answer.headers.get("content-type", "")
        if answer.status_code >= 400:
            error = "ErrorResponse" if url.startswith(f"{self.url}{WES}") else "exception"
            self.standards.check(error, answer.json())
        elif kind is not None:
            if not is_json:
                raise AssertionError(f"{method} {path} is no JSON")
            self.standards.check(kind, answer.json())
        return answer

    def wes(self, method: str, path: str, kind: str | None, **more: Any) -> requests.Response:
        return self.ask(method, f"{WES}{path}", kind, **more)

    def ogc(self, method: str, path: str, kind: str | None, **more: Any) -> requests.Response:
        return self.ask(method, f"/ogc{path}", kind, **more)

    def chain(self) -> str:
        return self.wes("GET", "/service-info", "ServiceInfo").json()["tags"]["chains"].split(" ")[0]

    def submit(
        self,
        studies: list[dict[str, Any]],
        attachments: dict[str, bytes],
        headers: dict[str, str] | None = None,
        **more: str,
    ) -> requests.Response:
        fields = {
            "workflow_params": json.dumps({"studies": studies}),
            "workflow_type": "CWL",
            "workflow_type_version": "v1.2",
            "workflow_url": more.pop("workflow_url", None) or self.chain(),
            **more,
        }
        files = [("workflow_attachment", (name, content)) for name, content in attachments.items()]
        return self.wes("POST", "/runs", "RunId", data=fields, files=files or None, headers=headers)

    def wait(self, run: str, seconds: float = 120) -> str:
        deadline = time.monotonic() + seconds
        while True:
            state = self.wes("GET", f"/runs/{run}/status", "RunStatus").json()["state"]
            if state in ENDED:
                return state
            if time.monotonic() > deadline:
                raise AssertionError(f"the run is still {state} after {seconds} s")
            time.sleep(0.1)
