"""Drives both faces of a chain server, and holds every answer against the standards.

By hand, against checkouts of the standards' repositories, too, or against a server that runs its chains for real:

    node interop/chain-faces-standards.mjs --wes DIR --service-info DIR --ogc DIR --ogc DIR
    node interop/chain-faces-standards.mjs --url http://127.0.0.1:8080 --study FILE --media-type application/dicom
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import requests
from check_report import expect_equal, expect_true, run_checks
from faces_client import FacesClient
from gxy_wes.client import WesClient
from openapi_spec_validator import validate as validate_openapi
from standards import PACKAGED, Standards
from wes_client.util import WESClient

STATES = {
    "QUEUED": "accepted",
    "INITIALIZING": "accepted",
    "RUNNING": "running",
    "PAUSED": "running",
    "COMPLETE": "successful",
    "EXECUTOR_ERROR": "failed",
    "SYSTEM_ERROR": "failed",
    "PREEMPTED": "failed",
    "CANCELING": "dismissed",
    "CANCELED": "dismissed",
}
ARTEFACTS = {
    "results.ndjson": {"mediaType": "application/x-ndjson", "content": "{}\n"},
    "scores.csv": {"mediaType": "text/csv", "content": "item,score\n"},
    "files/item-000001/mask.nii.gz": {"mediaType": "application/x-nifti", "content": "mask"},
}
STUDY = b"DICM of nobody"
EXCEPTION = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"


class Subject:
    """The server, and where its runs are told what to do."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.standards = Standards(options.wes, options.service_info, options.ogc)
        self.client = FacesClient(options.url, self.standards, options.key)
        self.url = options.url
        self.control = options.control
        self.study = STUDY if options.study is None else options.study.read_bytes()
        self.media_type = options.media_type

    def change(self, run: str, **patch: Any) -> None:
        requests.post(f"{self.control}/change/{run}", json=patch, timeout=60).raise_for_status()

    def complete(self, run: str) -> None:
        requests.post(f"{self.control}/complete/{run}", json=ARTEFACTS, timeout=60).raise_for_status()

    def run(self) -> str:
        study = {"class": "File", "location": "a.dcm"}
        return self.client.submit([study], {"a.dcm": self.study}, tags=json.dumps({"from": "python"})).json()["run_id"]

    def process(self) -> str:
        return self.client.ogc("GET", "/processes", "processList").json()["processes"][0]["id"]

    def job(self, **more: Any) -> requests.Response:
        value = {"value": base64.b64encode(self.study).decode(), "mediaType": self.media_type}
        body = {"inputs": {"studies": [value]}, **more}
        path = f"/processes/{self.process()}/execution"
        return self.client.ogc("POST", path, "statusInfo", json=body, headers={"Prefer": "respond-async"})


def service_info(subject: Subject) -> None:
    """WES: service-info has every field that 1.1 requires, and the chains"""
    info = subject.client.wes("GET", "/service-info", "ServiceInfo").json()
    expect_equal("types", info["workflow_type_versions"], {"CWL": {"workflow_type_version": ["v1.2"]}})
    expect_true("1.1", "1.1.0" in info["supported_wes_versions"])
    page = subject.client.ask("GET", info["auth_instructions_url"], None)
    expect_equal("instructions", page.status_code, 200)


def wes_states(subject: Subject) -> None:
    """WES: each state of a run validates on every route"""
    run = subject.run()
    tasks = [
        {"name": "stage-in", "state": "COMPLETE", "attempts": 1, "exitCode": 0, "startedAt": "2026-03-01T12:00:00.5Z"},
        {
            "name": "chunk-00000",
            "state": "EXECUTOR_ERROR",
            "attempts": 2,
            "exitCode": 3,
            "failure": {"code": "DH_CHUNK_FAILED", "message": "A task ended with 3."},
        },
    ]
    for state in STATES:
        subject.change(run, state=state, progress=40, tasks=tasks, startedAt="2026-03-01T12:00:00.123Z")
        log = subject.client.wes("GET", f"/runs/{run}", "RunLog").json()
        expect_equal("state", log["state"], state)
        status = subject.client.wes("GET", f"/runs/{run}/status", "RunStatus").json()
        expect_equal("status", status, {"run_id": run, "state": state})
        subject.client.wes("GET", "/runs", "RunListResponse")
        page = subject.client.ask("GET", log["task_logs_url"], "TaskListResponse").json()
        expect_equal("tasks", page["task_logs"], log["task_logs"])
    for task in page["task_logs"]:
        expect_equal("one", subject.client.wes("GET", f"/runs/{run}/tasks/{task['id']}", "TaskLog").json(), task)
        for stream in ("stdout", "stderr"):
            expect_equal(stream, subject.client.ask("GET", task[stream], None).status_code, 200)
    subject.change(run, tasks=[{**tasks[0], "name": f"chunk-{index:05d}"} for index in range(150)])
    log = subject.client.wes("GET", f"/runs/{run}", None).json()
    # 1.0 does not let it be null; 1.1 does, and points to the pages.
    subject.standards.check("RunLog", log, without=PACKAGED)
    expect_equal("tasks of a long log", log["task_logs"], None)


def wes_pages(subject: Subject) -> None:
    """WES: pages of runs and tasks have all of them, once each"""
    made = [subject.run() for _ in range(5)]
    subject.change(made[0], tasks=[{"name": f"chunk-{n:05d}", "state": "QUEUED", "attempts": 0} for n in range(7)])
    places = [("/runs", "runs", "RunListResponse"), (f"/runs/{made[0]}/tasks", "task_logs", "TaskListResponse")]
    for path, member, kind in places:
        whole = subject.client.wes("GET", f"{path}?page_size=1000", kind).json()[member]
        seen, token = [], ""
        while True:
            page = subject.client.wes("GET", path, kind, params={"page_size": 2, "page_token": token}).json()
            expect_true("size", len(page[member]) <= 2)
            seen += page[member]
            token = page["next_page_token"]
            if token == "":
                break
        expect_equal(path, seen, whole)


def wes_results(subject: Subject) -> None:
    """WES: outputs are CWL files whose bytes have the checksum that they state"""
    run = subject.run()
    subject.complete(run)
    expect_equal("state", subject.client.wait(run), "COMPLETE")
    outputs = subject.client.wes("GET", f"/runs/{run}", "RunLog").json()["outputs"]
    listing = outputs["results"]["listing"]
    expect_equal("files", [one["basename"] for one in listing], list(ARTEFACTS))
    for one in listing:
        answer = subject.client.ask("GET", one["location"], None)
        digest = hashlib.sha256(answer.content)
        expect_equal("checksum", one["checksum"], f"sha256${digest.hexdigest()}")
        expect_equal("size", one["size"], len(answer.content))
        encoded = base64.b64encode(digest.digest()).decode()
        expect_equal("Repr-Digest", answer.headers["repr-digest"], f"sha-256=:{encoded}:")
        again = subject.client.ask("GET", one["location"], None, headers={"If-None-Match": answer.headers["etag"]})
        expect_equal("known bytes", again.status_code, 304)


def real_run(subject: Subject) -> None:
    """Both: a run over a study completes, and each face hands out the same bytes, with the digests that are stated"""
    run = subject.run()
    expect_equal("state", subject.client.wait(run), "COMPLETE")
    outputs = subject.client.wes("GET", f"/runs/{run}", "RunLog").json()["outputs"]
    stated = {one["location"]: one["checksum"] for one in outputs["results"]["listing"]}
    results = subject.client.ogc("GET", f"/jobs/{run}/results", "results").json()
    links = [link for one in results.values() for link in (one if isinstance(one, list) else [one])]
    expect_equal("files", sorted(link["href"] for link in links), sorted(stated))
    for location, checksum in stated.items():
        content = subject.client.ask("GET", location, None).content
        expect_equal(location, checksum, f"sha256${hashlib.sha256(content).hexdigest()}")
    tasks = subject.client.wes("GET", f"/runs/{run}/tasks", "TaskListResponse").json()["task_logs"]
    for task in tasks:
        subject.client.wes("GET", f"/runs/{run}/tasks/{task['id']}", "TaskLog")
        expect_true("no path", "/tmp/" not in subject.client.ask("GET", task["stderr"], None).text)
    job = subject.client.ogc("GET", f"/jobs/{run}", "statusInfo").json()
    expect_equal("status and progress", (job["status"], job["progress"]), ("successful", 100))


def real_cancel(subject: Subject) -> None:
    """Both: a job that is dismissed ends as CANCELED, or had ended before"""
    job = subject.job().json()["jobID"]
    subject.client.ogc("DELETE", f"/jobs/{job}", "statusInfo")
    expect_true("state", subject.client.wait(job) in ("CANCELED", "COMPLETE"))


def wes_cancel(subject: Subject) -> None:
    """WES: a run is cancelled, by way of CANCELING"""
    run = subject.run()
    expect_equal("id", subject.client.wes("POST", f"/runs/{run}/cancel", "RunId").json(), {"run_id": run})
    status = subject.client.wes("GET", f"/runs/{run}/status", "RunStatus").json()
    expect_equal("state", status["state"], "CANCELING")


def wes_once(subject: Subject) -> None:
    """WES: the same request with the same key is one run"""
    study = {"class": "File", "location": "a.dcm"}
    key = {"Idempotency-Key": "from-python"}
    runs = [subject.client.submit([study], {"a.dcm": STUDY}, key).json()["run_id"] for _ in range(2)]
    expect_equal("runs", len(set(runs)), 1)
    other = subject.client.submit([study], {"a.dcm": b"another"}, key)
    expect_equal("another request", other.status_code, 409)


def wes_refusals(subject: Subject) -> None:
    """WES: refusals are errors as the standard has them, and none of them begins a run"""
    client = subject.client
    study = {"class": "File", "location": "a.dcm"}
    before = len(client.wes("GET", "/runs?page_size=1000", "RunListResponse").json()["runs"])
    for name in ("../a.dcm", "/a.dcm", "a/../../b.dcm", "..\\a.dcm", "%2e%2e/a.dcm"):
        answer = client.submit([{"class": "File", "path": name}], {name: STUDY})
        expect_equal(name, answer.status_code, 400)
    for more in (
        {"workflow_type": "WDL"},
        {"workflow_type_version": "v1.0"},
        {"workflow_url": "a.dcm"},
        {"workflow_url": "none/1/x"},
        {"workflow_engine": "other"},
        {"workflow_engine_version": "1"},
        {"workflow_engine_parameters": '{"a": "b"}'},
        {"tags": "[]"},
        {"workflow_params": "{}"},
    ):
        expect_equal(str(more), client.submit([study], {"a.dcm": STUDY}, **more).status_code, 400)
    for method, path in (
        *(("GET", f"/runs/none{end}") for end in ("", "/status", "/tasks", "/tasks/x", "/artefacts/x")),
        ("POST", "/runs/none/cancel"),
        ("GET", "/nothing"),
    ):
        expect_equal(path, client.wes(method, path, None).status_code, 404)
    expect_equal("a page", client.wes("GET", "/runs?page_size=0", None).status_code, 400)
    expect_equal("a token", client.wes("GET", "/runs?page_token=x", None).status_code, 400)
    after = len(client.wes("GET", "/runs?page_size=1000", "RunListResponse").json()["runs"])
    expect_equal("runs", after, before)


def ogc_descriptions(subject: Subject) -> None:
    """OGC: landing page, conformance, processes and each process validate, and their links lead there"""
    landing = subject.client.ogc("GET", "", "landingPage").json()
    kinds = {"self": "landingPage", "conformance": "confClasses", "processes": "processList", "job-list": "jobList"}
    for link in landing["links"]:
        kind = kinds.get(link["rel"].split("/")[-1])
        expect_equal(link["rel"], subject.client.ask("GET", link["href"], kind).status_code, 200)
    for process in subject.client.ogc("GET", "/processes", "processList").json()["processes"]:
        for link in process["links"]:
            if link["rel"] == "self":
                expect_equal("id", subject.client.ask("GET", link["href"], "process").json()["id"], process["id"])


def ogc_api(subject: Subject) -> None:
    """OGC: the API document is OpenAPI 3.0, and has the paths of the standard"""
    document = subject.client.ogc("GET", "/api", None).json()
    validate_openapi(document)
    wanted = {"/", "/conformance", "/processes", "/processes/{processID}", "/processes/{processID}/execution"}
    wanted |= {"/jobs", "/jobs/{jobID}", "/jobs/{jobID}/results"}
    expect_true("paths", wanted <= set(document["paths"]))


def ogc_states(subject: Subject) -> None:
    """OGC: each state of a job validates, with its progress and its links"""
    answer = subject.job()
    expect_equal("created", answer.status_code, 201)
    expect_equal("applied", answer.headers["preference-applied"], "respond-async")
    job = answer.json()["jobID"]
    expect_equal("location", urlparse(answer.headers["location"]).path, f"/ogc/jobs/{job}")
    for state, status in STATES.items():
        failure = {"code": "DH_CHUNK_FAILED", "message": "A task failed."} if status == "failed" else None
        more = {"failure": failure} if failure else {}
        subject.change(job, state=state, progress=42.5, startedAt="2026-03-01T12:00:00.123Z", **more)
        info = subject.client.ogc("GET", f"/jobs/{job}", "statusInfo").json()
        expect_equal(state, (info["status"], info["progress"]), (status, 42))
        subject.client.ogc("GET", f"/jobs?status={status}", "jobList")
        results = subject.client.ogc("GET", f"/jobs/{job}/results", "results")
        if status in ("accepted", "running"):
            expect_equal("not ready", (results.status_code, results.json()["type"]), (404, f"{EXCEPTION}/result-not-ready"))
        elif status == "failed":
            expect_true("why", results.status_code >= 400 and results.json()["detail"])


def ogc_results(subject: Subject) -> None:
    """OGC: results are links, whose bytes are those of the run"""
    job = subject.job().json()["jobID"]
    subject.complete(job)
    results = subject.client.ogc("GET", f"/jobs/{job}/results", "results").json()
    expect_equal("outputs", sorted(results), ["files", "results", "scores"])
    for output in results.values():
        for link in output if isinstance(output, list) else [output]:
            answer = subject.client.ask("GET", link["href"], None)
            expect_equal(link["title"], answer.text, ARTEFACTS[link["title"]]["content"])
            expect_equal("type", answer.headers["content-type"].split(";")[0], link["type"])


def ogc_jobs(subject: Subject) -> None:
    """OGC: jobs are listed in pages, and dismissed"""
    made = [subject.job().json()["jobID"] for _ in range(3)]
    path: str | None = f"/ogc/jobs?limit=2&processID={subject.process()}"
    seen = []
    while path is not None:
        page = subject.client.ask("GET", path, "jobList").json()
        seen += [job["jobID"] for job in page["jobs"]]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    expect_equal("once each", len(seen), len(set(seen)))
    expect_equal("newest first", seen[:3], made[::-1])
    dismissed = subject.client.ogc("DELETE", f"/jobs/{made[0]}", "statusInfo").json()
    expect_equal("dismissed", dismissed["status"], "dismissed")


def ogc_refusals(subject: Subject) -> None:
    """OGC: refusals are problems of RFC 7807 with the types of the standard"""
    client = subject.client
    for method, path, kind in (
        ("GET", "/processes/none", "no-such-process"),
        ("POST", "/processes/none/execution", "no-such-process"),
        ("GET", "/jobs/none", "no-such-job"),
        ("DELETE", "/jobs/none", "no-such-job"),
        ("GET", "/jobs/none/results", "no-such-job"),
    ):
        answer = client.ogc(method, path, None, json={} if method == "POST" else None)
        expect_equal(path, (answer.status_code, answer.json()["type"]), (404, f"{EXCEPTION}/{kind}"))
        expect_true("media type", answer.headers["content-type"].startswith("application/problem+json"))
    for more in ({"inputs": {}}, {"outputs": {"none": {}}}, {"response": "raw"}):
        expect_equal(str(more), subject.job(**more).status_code, 400)
    refused = subject.job(subscriber={"successUri": "https://example.org/"})
    expect_equal("callback", refused.status_code, 403)
    expect_equal("query", client.ogc("GET", "/jobs?limit=0", None).status_code, 400)


def wes_service_client(subject: Subject) -> None:
    """WES: the client of the package wes-service submits by the address of the CWL, asks, lists and cancels"""
    client = WESClient({"auth": {}, "proto": "http", "host": urlparse(subject.url).netloc})
    expect_true("info", "CWL" in client.get_service_info()["workflow_type_versions"])
    folder = Path.cwd()
    (folder / "a.dcm").write_bytes(STUDY)
    order = json.dumps({"studies": [{"class": "File", "location": "a.dcm"}]})
    workflow = f"{subject.url}/chains/{subject.client.chain()}/workflow.cwl"
    run = client.run(workflow, order, [f"file://{folder / 'a.dcm'}"])["run_id"]
    expect_equal("status", client.get_run_status(run)["state"], "QUEUED")
    expect_equal("log", client.get_run_log(run)["request"]["workflow_type"], "CWL")
    expect_true("list", run in [one["run_id"] for one in client.list_runs()["runs"]])
    expect_equal("cancel", client.cancel(run), {"run_id": run})
    expect_equal("status", client.get_run_status(run)["state"], "CANCELING")


def gxy_wes_client(subject: Subject) -> None:
    """WES: the client of the package gxy-wes submits, and reads status, tasks and pages"""
    client = WesClient(subject.url)
    info = client.service_info()
    run = client.submit_run(
        workflow_type="CWL",
        workflow_type_version="v1.2",
        workflow_url=info["tags"]["chains"].split(" ")[0],
        params={"studies": [{"class": "File", "location": "root:archive/a.dcm"}]},
    )["run_id"]
    subject.change(run, state="RUNNING", tasks=[{"name": "stage-in", "state": "RUNNING", "attempts": 1}])
    expect_equal("status", client.get_run_status(run)["state"], "RUNNING")
    expect_equal("run", client.get_run(run)["run_id"], run)
    expect_equal("tasks", [task["id"] for task in client.get_run_tasks(run)["task_logs"]], ["stage-in"])
    expect_equal("task", client.get_run_task(run, "stage-in")["name"], "stage-in")
    expect_equal("page", len(client.list_runs(page_size=1)["runs"]), 1)
    expect_equal("cancel", client.cancel_run(run), {"run_id": run})


def every_kind(subject: Subject) -> None:
    """Every kind of document of both standards was seen, and every source was asked"""
    kinds = {"ServiceInfo", "RunId", "RunStatus", "RunListResponse", "RunLog", "TaskListResponse", "TaskLog"}
    kinds |= {"ErrorResponse", "landingPage", "confClasses", "processList", "process", "statusInfo", "jobList"}
    kinds |= {"results", "exception"}
    expect_equal("kinds", kinds - subject.standards.kinds, set())
    for source, count in sorted(subject.standards.counts.items()):
        print(f"        {count} documents by {source}", file=sys.stderr)


CHECKS = [
    service_info,
    wes_states,
    wes_pages,
    wes_results,
    wes_cancel,
    wes_once,
    wes_refusals,
    ogc_descriptions,
    ogc_api,
    ogc_states,
    ogc_results,
    ogc_jobs,
    ogc_refusals,
    wes_service_client,
    gxy_wes_client,
    every_kind,
]

#: What a server that runs its chains for real can be asked.
REAL_CHECKS = [service_info, real_run, real_cancel, wes_refusals, ogc_descriptions, ogc_api, ogc_refusals]

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--control", help="where runs are told what to do; without, they do what they do")
    parser.add_argument("--key", help="of a tenant")
    parser.add_argument("--study", type=Path, help="a file that the first chain takes")
    parser.add_argument("--media-type", default="application/dicom", help="of the study")
    parser.add_argument("--wes", type=Path, help="checkout of GA4GH's workflow-execution-service-schemas")
    parser.add_argument("--service-info", type=Path, help="checkout of GA4GH's ga4gh-service-info")
    parser.add_argument("--ogc", type=Path, action="append", help="checkout of OGC's ogcapi-processes")
    given = parser.parse_args()
    sys.exit(run_checks("chain_faces", REAL_CHECKS if given.control is None else CHECKS, Subject(given)))
