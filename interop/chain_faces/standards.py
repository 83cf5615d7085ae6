"""What the two standards say an answer looks like, from up to three sources, which must all agree.

- our own schemas, from the fields of the standards (`*.schemas.json` beside this file);
- WES 1.0 as the package `wes-service` ships it, for the documents that 1.1 has kept;
- checkouts of the standards' own repositories, where the caller has them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import yaml
from jsonschema import Draft4Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

HERE = Path(__file__).parent
#: The documents of 1.0 that 1.1 only adds to. Versions of engines are lists since 1.1, so service-info is none.
KEPT_FROM_1_0 = ("RunId", "RunStatus", "RunListResponse", "RunLog", "ErrorResponse")
PACKAGED = "WES 1.0 of wes-service"
#: GA4GH's service-info, which the schema of WES names by the address of a file in another repository.
SERVICE_INFO = "https://raw.githubusercontent.com/ga4gh-discovery/ga4gh-service-info/v1.0.0/service-info.yaml"


class Standards:
    """Validates documents by their kind, and counts by which source."""

    def __init__(
        self,
        wes_checkout: Path | None = None,
        service_info_checkout: Path | None = None,
        ogc_checkouts: list[Path] | None = None,
    ) -> None:
        self.counts: dict[str, int] = {}
        self.kinds: set[str] = set()
        self._sources: dict[str, Callable[[str], Any]] = {}
        for face in ("wes", "ogc"):
            self._sources[f"our {face} schemas"] = own_schemas(HERE / f"{face}.schemas.json")
        self._sources[PACKAGED] = packaged_wes()
        if wes_checkout is not None:
            self._sources[f"WES of {wes_checkout.name}"] = official_wes(wes_checkout, service_info_checkout)
        for checkout in ogc_checkouts or []:
            self._sources[f"OGC of {checkout.name}"] = official_ogc(checkout)

    def check(self, kind: str, document: Any, without: str | None = None) -> None:
        """Raises AssertionError, naming the source and the place, unless every source that knows the kind agrees."""
        asked = 0
        for source, validator_of in self._sources.items():
            validator = validator_of(kind)
            if validator is None or source == without:
                continue
            asked += 1
            self.counts[source] = self.counts.get(source, 0) + 1
            errors = sorted(validator.iter_errors(document), key=lambda error: list(map(str, error.path)))
            if errors:
                places = "; ".join(f"/{'/'.join(map(str, one.path))}: {one.message[:300]}" for one in errors[:3])
                raise AssertionError(f"{kind} is not what {source} says: {places}")
        if asked == 0:
            raise AssertionError(f"nothing says what a {kind} is")
        self.kinds.add(kind)


def own_schemas(file: Path) -> Callable[[str], Any]:
    document = json.loads(file.read_text())

    def validator_of(kind: str) -> Any:
        if kind not in document:
            return None
        schema = {**document, "$ref": f"#/{kind}"}
        return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    return validator_of


def packaged_wes() -> Callable[[str], Any]:
    text = (resources.files("wes_service") / "openapi" / "workflow_execution_service.swagger.yaml").read_text()
    document = yaml.safe_load(text)
    # The one state that 1.1 has added.
    document["definitions"]["State"]["enum"].append("PREEMPTED")

    def validator_of(kind: str) -> Any:
        if kind not in KEPT_FROM_1_0:
            return None
        return Draft4Validator({"$ref": f"#/definitions/{kind}", "definitions": document["definitions"]})

    return validator_of


def official_wes(checkout: Path, service_info: Path | None) -> Callable[[str], Any]:
    file = checkout / "openapi" / "workflow_execution_service.openapi.yaml"
    document = read_openapi(file)

    def retrieve(uri: str) -> Resource[Any]:
        if uri != SERVICE_INFO or service_info is None:
            raise LookupError(f"{uri} is not at hand: name a checkout of it")
        return DRAFT4.create_resource(read_openapi(service_info / "service-info.yaml"))

    registry: Registry[Any] = Registry(retrieve=retrieve).with_resource("urn:wes", DRAFT4.create_resource(document))

    def validator_of(kind: str) -> Any:
        if kind not in document["components"]["schemas"]:
            return None
        schema = {"$ref": f"urn:wes#/components/schemas/{kind}"}
        return Draft4Validator(schema, registry=registry, format_checker=Draft4Validator.FORMAT_CHECKER)

    return validator_of


def official_ogc(checkout: Path) -> Callable[[str], Any]:
    places = [
        *(checkout / "openapi" / "schemas" / folder for folder in ("processes-core", "common-core")),
        checkout / "core" / "openapi" / "schemas",
    ]

    def retrieve(uri: str) -> Resource[Any]:
        file = Path(unquote(urlparse(uri).path))
        # The newest draft lets a schema of an input describe objects only, which its own example is not.
        is_slip = file.name == "schema.yaml" and file.parent.name == "processes-core"
        return DRAFT4.create_resource({} if is_slip else read_openapi(file))

    registry: Registry[Any] = Registry(retrieve=retrieve)

    def validator_of(kind: str) -> Any:
        for place in places:
            file = place / f"{kind}.yaml"
            if file.exists():
                return Draft4Validator({"$ref": file.resolve().as_uri()}, registry=registry)
        return None

    return validator_of


def read_openapi(file: Path) -> Any:
    """Schemas of OpenAPI 3.0 as JSON Schema: what it calls nullable may be null."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(one) for one in value]
        if not isinstance(value, dict):
            return value
        made = {str(name): plain(one) for name, one in value.items() if name != "nullable"}
        if value.get("nullable") is True and isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        return made

    return plain(yaml.safe_load(file.read_text(encoding="utf-8")))
