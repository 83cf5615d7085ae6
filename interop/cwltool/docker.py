"""Stands for docker: "run" calls our command in the place of the image, with the host's own paths.

DEEPHEALTH_COMMAND is what the image would start, as JSON.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys


def main(arguments: list[str]) -> int:
    if arguments[:1] != ["run"]:
        # "pull", "images", "inspect": the image is there.
        return 0
    volumes: dict[str, str] = {}
    folder = "."
    rest = arguments[1:]
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if found := re.match(r"--mount=type=bind,source=(.*?),target=([^,]*)", option):
            volumes[found[2]] = found[1]
        elif found := re.match(r"--volume=(.*?):([^:]*)", option):
            volumes[found[2]] = found[1]
        elif found := re.match(r"--workdir=(.*)", option):
            folder = found[1]

    def on_host(path: str) -> str:
        for target in sorted(volumes, key=len, reverse=True):
            if path == target or path.startswith(f"{target}/"):
                return volumes[target] + path[len(target) :]
        return path

    command = json.loads(os.environ["DEEPHEALTH_COMMAND"]) + [on_host(one) for one in rest[1:]]
    return subprocess.call(command, cwd=on_host(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
