"""Holds manifests of KServe against the models of its own Python package: every field must be one that it knows, of
its type. `check_kserve.py FILE...` prints one line for each thing that is wrong."""

import importlib
import importlib.util
import re
import sys
import types

import yaml

MODELS = {
    ("serving.kserve.io/v1alpha1", "ServingRuntime"): "V1alpha1ServingRuntime",
    ("serving.kserve.io/v1beta1", "InferenceService"): "V1beta1InferenceService",
}
PLAIN = {"str": str, "int": int, "float": (int, float), "bool": bool}


def without_init(*names):
    """Makes packages of which single modules can be imported, and not all that the package imports by itself."""
    for name in names:
        parent, _, last = name.rpartition(".")
        if parent:
            places = [f"{place}/{last}" for place in sys.modules[parent].__path__]
        else:
            places = importlib.util.find_spec(name).submodule_search_locations
        module = types.ModuleType(name)
        module.__path__ = list(places)
        sys.modules[name] = module


def model_named(name):
    """The class of a model; KServe takes those of Kubernetes from its client."""
    for package in ("kserve.models", "kubernetes.client.models"):
        module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
        try:
            return getattr(importlib.import_module(f"{package}.{module}"), name)
        except (ModuleNotFoundError, AttributeError):
            continue
    return None


def problems(value, wanted, place):
    """What is wrong with a value that should be of a type, as the models write types."""
    container = re.fullmatch(r"list\[(.+)\]", wanted)
    if container:
        if not isinstance(value, list):
            return [f"{place}: a list is wanted"]
        return [p for i, one in enumerate(value) for p in problems(one, container[1], f"{place}[{i}]")]
    mapping = re.fullmatch(r"dict\(str, (.+)\)", wanted)
    if mapping:
        if not isinstance(value, dict):
            return [f"{place}: an object is wanted"]
        return [p for key, one in value.items() for p in problems(one, mapping[1], f"{place}.{key}")]
    if wanted in PLAIN:
        return [] if isinstance(value, PLAIN[wanted]) else [f"{place}: {wanted} is wanted"]
    model = model_named(wanted)
    if model is None or not isinstance(value, dict):
        # Quantities, ports that may be names, times.
        return [] if not isinstance(value, dict) else [f"{place}: no such type, {wanted}"]
    known = {json: attribute for attribute, json in model.attribute_map.items()}
    found = []
    for key, one in value.items():
        if key not in known:
            found.append(f"{place}.{key}: no such field")
        else:
            found += problems(one, model.openapi_types[known[key]], f"{place}.{key}")
    return found


def main(paths):
    without_init("kserve", "kserve.models", "kubernetes", "kubernetes.client", "kubernetes.client.models")
    found = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for document in yaml.safe_load_all(file):
                name = MODELS.get((document.get("apiVersion"), document.get("kind")))
                if name is None:
                    found.append(f"{document.get('kind')}: not of KServe")
                else:
                    found += problems(document, name, document["kind"])
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
