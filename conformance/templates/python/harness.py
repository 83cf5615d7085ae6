"""The harness: starts the runtime in this process and steers it, as the suite says on standard input.

One JSON object a line, each with an id that the answer repeats; docs/conformance/harness.md. Standard
output belongs to the answers, so everything else is logged on standard error.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from runtime import ModelRuntime, serve  # first: it makes the generated messages importable

import grpc
from refusal import Refusal
from store import Store

PROTOCOL = 1


class Faults:
    """What was injected, as the runtime meets it before each run."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stalled_until: dict[str, float] = {}
        self.failing: set[str] = set()

    def before_run(self, name: str) -> None:
        with self.lock:
            until = self.stalled_until.get(name, 0.0)
            is_failing = name in self.failing
            self.failing.discard(name)
        if is_failing:
            raise Refusal(grpc.StatusCode.INTERNAL, "MODEL_RUN_FAILED", "The engine failed to run the graph.")
        time.sleep(max(0.0, until - time.monotonic()))


class Harness:
    def start(self, command: dict) -> dict:
        if command["protocol"] != PROTOCOL:
            raise ValueError(f"this harness speaks protocol {PROTOCOL}, not {command['protocol']}")
        self.models = Path(command["models"])
        # A copy that may be broken: the suite's own folder must stay as it is.
        self.copy = Path(tempfile.mkdtemp(prefix="harness-"))
        self.faults = Faults()
        self.runtime = ModelRuntime(self._fresh_store(), self.faults.before_run)
        self.server, address = serve(self.runtime)
        return {"address": address}

    def reset(self, command: dict) -> dict:
        # A store of its own has the states after a start; the address stays.
        self.faults = Faults()
        self.runtime.before_run = self.faults.before_run
        self.runtime.store = self._fresh_store()
        return {}

    def inject(self, command: dict) -> dict:
        fault = command["fault"]
        kind, model = fault["kind"], fault["model"]
        if kind == "storeReadError":
            for graph in (self.copy / model).glob("*/model.onnx"):
                # A folder in its place cannot be read, whoever asks.
                graph.unlink()
                graph.mkdir()
        elif kind == "hostStalled":
            with self.faults.lock:
                self.faults.stalled_until[model] = time.monotonic() + fault["milliseconds"] / 1000
        elif kind == "runError":
            with self.faults.lock:
                self.faults.failing.add(model)
        else:
            # Models run in this very process, so there is no host to lose; later kinds are not known yet.
            return {"unsupported": True}
        return {}

    def stop(self, command: dict) -> dict:
        self.server.stop(grace=1).wait()
        shutil.rmtree(self.copy)
        return {}

    def _fresh_store(self) -> Store:
        shutil.rmtree(self.copy)
        shutil.copytree(self.models, self.copy)
        return Store(self.copy)


def main() -> None:
    logging.basicConfig(stream=sys.stderr)
    harness = Harness()
    commands = {"start": harness.start, "reset": harness.reset, "inject": harness.inject, "stop": harness.stop}
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = commands[command["command"]](command)
        except Exception as failed:
            logging.exception("%s failed", command["command"])
            answer = {"error": {"message": str(failed) or type(failed).__name__}}
        print(json.dumps({"id": command["id"], **answer}), flush=True)
        if command["command"] == "stop":
            return


if __name__ == "__main__":
    main()
