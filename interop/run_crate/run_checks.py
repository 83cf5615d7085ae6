"""Validates crates of runs by their profiles with rocrate-validator, and reads them with ro-crate-py.

The subject is a folder with a crate in each folder below it: `scores`, `regions` and `failed` tell their tasks,
`untold` does not. Nothing is asked of the network: the context of RO-Crate 1.1 is the one that ro-crate-py 0.13
brings, and the terms of runs that it lacks are below.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

import requests  # noqa: E402
from check_report import expect_equal, expect_true, run_checks  # noqa: E402
from rocrate.rocrate import ROCrate  # noqa: E402
from rocrate_validator import services  # noqa: E402
from rocrate_validator.models import Severity, ValidationSettings  # noqa: E402
from rocrate_validator.utils.http import HttpRequester  # noqa: E402

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
RUN_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
WFRUN = "https://w3id.org/ro/terms/workflow-run#"
TERMS = ["ParameterConnection", "connection", "sourceParameter", "targetParameter", "sha256"]
# Each asks for all that the profiles ask which it is based on: Process and Workflow Run Crate, Workflow RO-Crate, 1.1.
TOLD = "provenance-run-crate-0.5"
CRATES = {"scores": TOLD, "regions": TOLD, "failed": TOLD, "untold": "workflow-run-crate-0.5"}

Graph = dict[str, dict[str, Any]]


def documents() -> dict[str, Any]:
    bundled = json.loads(resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_text())
    expect_equal("the context that ro-crate-py brings", bundled["@id"], CONTEXT)
    return {CONTEXT: bundled, RUN_TERMS: {"@context": {term: WFRUN + term for term in TERMS}}}


class Offline:
    """What the validator asks for over HTTP: two documents, and nothing else."""

    def __init__(self) -> None:
        self.documents = documents()
        self.refused: list[str] = []

    def __call__(self, _requester: HttpRequester, name: str) -> Callable[..., requests.Response]:
        if name not in ("get", "head"):
            raise AttributeError(name)
        return self.answer

    def answer(self, url: str, *_: object, **__: object) -> requests.Response:
        response = requests.Response()
        response.url = url
        found = self.documents.get(str(url))
        response.status_code = 200 if found is not None else 503
        response._content = json.dumps(found).encode()  # noqa: SLF001 - there is no other way to make one
        response.headers["Content-Type"] = "application/ld+json"
        if found is None:
            self.refused.append(str(url))
        return response


OFFLINE = Offline()
HttpRequester.__getattr__ = lambda requester, name: OFFLINE(requester, name)


def problems(crate: Path, profile: str) -> list[str]:
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier=profile,
        requirement_severity=Severity.REQUIRED,
        skip_availability_check=True,
        no_cache=True,
    )
    result = services.validate(settings)
    return sorted({f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues(Severity.REQUIRED)})


def graph_of(crate: Path) -> Graph:
    document = json.loads((crate / "ro-crate-metadata.json").read_text())
    return {entity["@id"]: entity for entity in document["@graph"]}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def meets_profiles(name: str) -> Callable[[Path], None]:
    def check(folder: Path) -> None:
        expect_equal("what breaks it", problems(folder / name, CRATES[name]), [])

    check.__doc__ = f"the crate `{name}` meets every requirement of {CRATES[name]} and of the profiles below"
    return check


@contextmanager
def changed(folder: Path, change: Callable[[Graph], None]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch:
        crate = Path(scratch) / "crate"
        shutil.copytree(folder / "regions", crate)
        path = crate / "ro-crate-metadata.json"
        document = json.loads(path.read_text())
        graph = {entity["@id"]: entity for entity in document["@graph"]}
        change(graph)
        document["@graph"] = list(graph.values())
        path.write_text(json.dumps(document))
        yield crate


def without_instrument(graph: Graph) -> None:
    for entity in graph.values():
        if entity["@type"] == "CreateAction":
            entity.pop("instrument")


def without_type(graph: Graph) -> None:
    for entity in graph.values():
        if entity["@type"] == "FormalParameter":
            entity.pop("additionalType")


def without_main(graph: Graph) -> None:
    graph["./"].pop("mainEntity")


def without_tool(graph: Graph) -> None:
    graph["#step-infer"].pop("workExample")


def without_tasks(graph: Graph) -> None:
    graph["#control-infer"].pop("object")


def notices_what_is_missing(folder: Path) -> None:
    """the validator, offline as it is, notices what is taken out of a crate, so that its silence means something"""
    for change, profile in [
        (without_instrument, "process-run-crate-0.5"),
        (without_type, "workflow-run-crate-0.5"),
        (without_main, "workflow-ro-crate-1.0"),
        (without_tool, "provenance-run-crate-0.5"),
        (without_tasks, "provenance-run-crate-0.5"),
    ]:
        with changed(folder, change) as crate:
            found = [one for one in problems(crate, TOLD) if one.startswith(profile)]
            expect_true(f"a problem of a crate {change.__name__} by {profile}", found)


def is_read_by_ro_crate_py(folder: Path) -> None:
    """ro-crate-py finds the workflow, the run and every file with its size and digest"""
    for name in CRATES:
        crate = ROCrate(str(folder / name))
        expect_equal("the main entity", crate.mainEntity.id, "workflow.cwl")
        runs = [e for e in crate.contextual_entities if e.type == "CreateAction" and e.id.startswith("#run-")]
        expect_equal("runs", len(runs), 1)
        expect_equal("instrument of the run", runs[0]["instrument"].id, "workflow.cwl")
        files = [entity for entity in crate.data_entities if "File" in entity.type]
        on_disk = {p.relative_to(folder / name).as_posix() for p in (folder / name).rglob("*") if p.is_file()}
        expect_equal("files", {file.id for file in files}, on_disk - {"ro-crate-metadata.json"})
        for file in files:
            content = (folder / name / file.id).read_bytes()
            expect_equal(f"size of {file.id}", int(file["contentSize"]), len(content))
            expect_equal(f"digest of {file.id}", file["sha256"], hashlib.sha256(content).hexdigest())


def links_parameters_both_ways(folder: Path) -> None:
    """every parameter of the workflow has what it was in the run, which says of which parameter it is one"""
    for name in CRATES:
        graph = graph_of(folder / name)
        for entity in [e for e in graph.values() if e["@type"] == "FormalParameter"]:
            for example in as_list(entity["workExample"]):
                expect_equal(f"work of {example['@id']}", graph[example["@id"]]["exampleOfWork"], {"@id": entity["@id"]})
        workflow = graph["workflow.cwl"]
        run = next(e for e in graph.values() if e["@id"].startswith("#run-"))
        for side, values in [("input", "object"), ("output", "result")]:
            told = {graph[value["@id"]]["exampleOfWork"]["@id"] for value in as_list(run[values])}
            expect_equal(f"{side} of {name}", told, {parameter["@id"] for parameter in as_list(workflow[side])})


def asks_for_nothing_else(_folder: Path) -> None:
    """the validator asked for nothing but the two contexts"""
    expect_equal("other documents", OFFLINE.refused, [])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    folder = parser.parse_args().folder
    checks = [
        *[meets_profiles(name) for name in CRATES],
        notices_what_is_missing,
        is_read_by_ro_crate_py,
        links_parameters_both_ways,
        asks_for_nothing_else,
    ]
    return run_checks("run_crate", checks, folder)


if __name__ == "__main__":
    sys.exit(main())
