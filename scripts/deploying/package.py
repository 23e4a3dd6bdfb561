"""The project as a deploy takes it along: zips, library, wheels, definitions and template, each named by what is in it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploying.archives import digest, make_wheel, make_zip, read_files, read_wheel
from deploying.errors import DeployError
from deploying.wheels import read_requirements

if TYPE_CHECKING:
    from deploying.wheels import Requirement, Wheels

ROOT = Path(__file__).parents[2]
FUNCTIONS = {"check_marker_lambda": "CheckMarkerCodeKey", "convert_excel_to_csv": "ConvertExcelCodeKey"}
PYTHON_SHELL_WHEELS = {"openpyxl": "OpenpyxlWheelKey", "et-xmlfile": "EtXmlfileWheelKey"}
_LIBRARY_VERSION = "0.1.0"
_QUERY_FILE = re.compile(r"^(?P<key> +QueryStatement: )(?P<path>\.\./sql/\S+\.sql)$", re.MULTILINE)
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (as at 2026-11-22)
_LARGEST_UNPACKED_FUNCTION_BYTES = 262_144_000


@dataclass(frozen=True)
class Artifact:
    """One object for the artifact bucket; its key changes with its content, so what lies there never does."""

    key: str
    body: bytes


@dataclass(frozen=True)
class Package:
    """Everything that a deploy takes along.

    Attributes:
        artifacts: All but the templates.
        parameters: The template's parameter to the key that it takes.
        bootstrap, template: Packaged, ready for CloudFormation.
        scripts: File name to text of each job.
    """

    artifacts: list[Artifact]
    parameters: dict[str, str]
    bootstrap: Artifact
    template: Artifact
    scripts: dict[str, bytes]


def build_package(wheels: Wheels, root: Path = ROOT) -> Package:
    """Build the package from the files below `root` and the wheels that lambdas/*/requirements.txt lock.

    Raises:
        DeployError: A wheel or a file that the template names is missing, or a function is larger than AWS allows.
    """
    library = read_files(root / "glue_jobs/lakehouse", prefix="lakehouse/")
    locks = {name: read_requirements(root / "lambdas" / name / "requirements.txt") for name in FUNCTIONS}
    filled = {
        **{FUNCTIONS[name]: _function(name, root, library, locks[name], wheels) for name in FUNCTIONS},
        "LibraryZipKey": Artifact(f"lib/lakehouse-{digest(library)}.zip", make_zip(library)),
        "LibraryWheelKey": _library_wheel(library),
        **{PYTHON_SHELL_WHEELS[name]: _wheel(name, locks["convert_excel_to_csv"], wheels) for name in PYTHON_SHELL_WHEELS},
        "StateMachineDefinitionKey": _named_by_content("state-machine", root / "step_functions/lakehouse_etl_flow.json"),
        "MaintenanceDefinitionKey": _named_by_content("state-machine", root / "step_functions/lakehouse_maintenance_flow.json"),
    }
    return Package(
        artifacts=list(filled.values()),
        parameters={parameter: artifact.key for parameter, artifact in filled.items()},
        bootstrap=_named_by_content("template", root / "infra/bootstrap.yaml"),
        template=_template(root / "infra/template.yaml"),
        scripts={path.name: path.read_bytes() for path in sorted((root / "glue_jobs").glob("*.py"))},
    )


def fill_in_queries(template: str, folder: Path) -> str:
    """Put the text of a file where a prepared statement names it, as a JSON string, which is YAML too.

    Args:
        template: The template's text.
        folder: Where it lies; the names are relative to it.

    Raises:
        DeployError: The file is not there.
    """

    def text_of(matched: re.Match[str]) -> str:
        path = folder / matched["path"]
        if not path.is_file():
            raise DeployError(f"{folder / 'template.yaml'} names {matched['path']}, which is not there.")
        return matched["key"] + json.dumps(path.read_text(encoding="utf-8"))

    return _QUERY_FILE.sub(text_of, template)


def _function(name: str, root: Path, library: dict[str, bytes], lock: list[Requirement], wheels: Wheels) -> Artifact:
    files = {**library, "handler.py": (root / "lambdas" / name / "handler.py").read_bytes()}
    for requirement in lock:
        files |= read_wheel(wheels.find(requirement))
    unpacked_bytes = sum(map(len, files.values()))
    if unpacked_bytes > _LARGEST_UNPACKED_FUNCTION_BYTES:
        raise DeployError(
            f"{name} is {unpacked_bytes:,} bytes unpacked; Lambda takes {_LARGEST_UNPACKED_FUNCTION_BYTES:,}. Shorten its requirements.txt."
        )
    return Artifact(f"lambda/{name}-{digest(files)}.zip", make_zip(files))


def _library_wheel(library: dict[str, bytes]) -> Artifact:
    name, body = make_wheel("lakehouse", _LIBRARY_VERSION, library)
    return Artifact(f"lib/{name}", body)


def _wheel(name: str, lock: list[Requirement], wheels: Wheels) -> Artifact:
    locked = [requirement for requirement in lock if requirement.name == name]
    if not locked:
        raise DeployError(f"lambdas/convert_excel_to_csv/requirements.txt does not lock {name}, which the Python shell job of the same name needs.")
    path = wheels.find(locked[0])
    body = path.read_bytes()
    # A wheel's own name has to stay as it is, so the hash is a folder.
    return Artifact(f"wheels/{hashlib.sha256(body).hexdigest()[:16]}/{path.name}", body)


def _template(path: Path) -> Artifact:
    return _named(fill_in_queries(path.read_text(encoding="utf-8"), path.parent).encode(), "template", path)


def _named_by_content(folder: str, path: Path) -> Artifact:
    return _named(path.read_bytes(), folder, path)


def _named(body: bytes, folder: str, path: Path) -> Artifact:
    return Artifact(f"{folder}/{path.stem}-{hashlib.sha256(body).hexdigest()[:16]}{path.suffix}", body)
