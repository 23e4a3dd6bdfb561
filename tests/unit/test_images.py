"""What docker-compose.yml and the Dockerfiles promise, as far as it can be seen without Docker."""

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
import yaml

from lakestack.engine import parts
from lakestack.engine.stack import Stack
from lakestack.install import components
from lakestack.install.environments import LAMBDA, LOCALSTACK, SPARK, TRINO_JRE
from lakestack.project import ROOT, SERVICES
from tests.support.dockerfiles import Stage, read_stages

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
COMPOSE_FILES = sorted(ROOT.glob("docker-compose*.yml"))
EVERY_SERVICE = COMPOSE["services"]
# Those that a plain `docker compose up` starts.
USUAL = {name: service for name, service in EVERY_SERVICE.items() if "profiles" not in service}
DOCKERFILES = sorted(SERVICES.glob("*/Dockerfile"))
UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}

# Variables that the embedded engine sets for a part and containers do not need, each with the reason.
NOT_IN_CONTAINERS = {
    "AWS_CONFIG_FILE": "a container has no ~/.aws to be kept from",
    "AWS_SHARED_CREDENTIALS_FILE": "as above",
    "PYTHONUNBUFFERED": "of Python alone; Trino's container runs Java",
    "LAKESTACK_WORKER_TOKEN": "the endpoint makes the token and shares it as a file: LAKESTACK_WORKER_TOKEN_FILE",
}
# Settings of the user's that docker-compose.yml does not pass on.
NOT_SETTINGS_OF_CONTAINERS = {
    "LAKESTACK_SPARK_UI_PORT": "docker-compose.ports.yml sets it, with the port that goes with it",
    "LAKESTACK_PYTHONSHELL": "names a Python 3.9 of the user's machine; the images have none",
}
# Variables of every embedded part that only some parts read.
READ_BY = {"LAKESTACK_GUARD": {"localstack", "spark"}}
# What an installation makes and an image makes by a command of its own.
MADE_OTHERWISE = {"spark-classes": "lakestack_worker.class_archive"}
LOCKS = {
    "localstack": [LOCALSTACK.lock],
    "service-catalog": [LOCALSTACK.lock],
    "lambda": [LAMBDA.lock],
    "wheels": sorted((ROOT / "lambdas").glob("*/requirements.txt")),
    "spark": [SPARK.lock],
    "spark-jars": [SERVICES / "spark/jars.lock"],
    "trino-jre": [TRINO_JRE.lock],
    "trino": [SERVICES / "trino/jars.lock"],
}


@cache
def stages(dockerfile: Path) -> dict[str, Stage]:
    return read_stages(dockerfile)


def image_of(service: dict) -> Stage:
    """The stage that the service's image is; a service without a build runs the image of one that has."""
    built = next(other for other in EVERY_SERVICE.values() if "build" in other and other["image"] == service["image"])["build"]
    of_file = stages(ROOT / built["dockerfile"])
    return of_file[built.get("target", next(reversed(of_file)))]


def default(text: str) -> str:
    """What an interpolated text is when no variable is set."""
    return re.sub(r"\$\{\w+(?::?-([^}]*))?\}", lambda match: match[1] or "", str(text))


def bytes_of(limit: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([kmg])", default(limit)).groups()
    return int(number) * UNITS[unit]


def every_service(test):
    return pytest.mark.parametrize("name", EVERY_SERVICE)(test)


def every_dockerfile(test):
    return pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)(test)


def test_the_endpoint_alone_is_published_and_on_loopback():
    published = {name: [default(port) for port in service["ports"]] for name, service in EVERY_SERVICE.items() if "ports" in service}

    assert published == {"localstack": ["127.0.0.1:4566:4566"]}


@pytest.mark.parametrize("file", COMPOSE_FILES, ids=lambda path: path.name)
def test_whatever_port_a_file_adds_is_on_loopback(file):
    ports = [default(port) for service in yaml.safe_load(file.read_text())["services"].values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@every_service
def test_no_service_reaches_docker_or_the_machine(name):
    service = EVERY_SERVICE[name]
    mounted = [str(volume) for volume in service.get("volumes", [])]

    assert [volume for volume in mounted if "docker.sock" in volume] == []
    assert [volume for volume in mounted if volume.startswith((".", "/", "~")) and not volume.endswith(":ro")] == []
    assert {"privileged", "network_mode", "pid", "ipc", "cap_add", "devices"} & set(service) == set()


@every_service
def test_a_service_is_bounded_restarted_and_has_no_privileges(name):
    service = EVERY_SERVICE[name]

    assert bytes_of(service["mem_limit"]) > 0
    assert service["pids_limit"] > 0
    assert service["restart"] == "unless-stopped"
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@every_service
def test_a_service_shows_that_it_works(name):
    service = EVERY_SERVICE[name]

    assert service["healthcheck"]["test"] if "healthcheck" in service else image_of(service).last("HEALTHCHECK")


def test_the_usual_services_fit_into_6_gb():
    assert sum(bytes_of(service["mem_limit"]) for service in USUAL.values()) <= 6 * UNITS["g"]


@every_dockerfile
def test_an_image_stands_on_the_one_base_or_a_stage_of_its_own(dockerfile):
    of_file = stages(dockerfile)
    arguments = re.findall(r"^ARG (\w+)=(\S+)", dockerfile.read_text(), re.MULTILINE)

    assert [stage.base for stage in of_file.values() if stage.base != "${BASE}" and stage.parent is None] == []
    assert arguments == [("BASE", "python:3.13-slim-trixie")]


def test_every_image_is_given_the_same_base():
    bases = {name: service["build"]["args"] for name, service in EVERY_SERVICE.items() if "build" in service}

    assert set(map(str, bases.values())) == {str({"BASE": "${LAKESTACK_BASE_IMAGE:-python:3.13-slim-trixie}"})}


@every_service
def test_an_image_says_what_it_is_and_does_not_run_as_root(name):
    image = image_of(EVERY_SERVICE[name])

    assert image.last("USER") not in {None, "root", "0"}
    assert {f"org.opencontainers.image.{label}" for label in ("title", "description", "licenses")} <= set(image.labels)


@every_dockerfile
def test_a_dockerfile_keeps_to_what_every_builder_knows(dockerfile):
    text = dockerfile.read_text()
    instructions = [instruction for stage in stages(dockerfile).values() for instruction in stage.instructions]

    assert not re.search(r"^#\s*syntax\s*=", text, re.MULTILINE), "a frontend of its own would be one more image to fetch"
    assert [rest for _, rest in instructions if "<<" in rest] == [], "an old builder has no heredocs"
    assert [rest for name, rest in instructions if name == "ADD"] == [], "COPY says what it does"


@every_dockerfile
def test_a_dockerfile_fetches_by_hash_alone_and_knows_no_secret(dockerfile):
    instructions = [instruction for stage in stages(dockerfile).values() for instruction in stage.instructions]
    commands = [command for name, rest in instructions if name == "RUN" for command in re.split(r"&&|;|\|\|", rest)]
    variables = {variable for stage in stages(dockerfile).values() for variable in stage.environment}

    assert [command for command in commands if "pip install" in command and "--require-hashes" not in command] == []
    assert [command for command in commands if re.search(r"\b(curl|wget|apt|apt-get|npm|git clone)\b", command)] == []
    assert [rest for _, rest in instructions if re.search(r"--mount=type=(secret|ssh)|AKIA[0-9A-Z]{16}", rest)] == []
    assert [variable for variable in variables if re.search(r"PASSWORD|SECRET|TOKEN$|_KEY$", variable)] == []


def installed(dockerfile: Path) -> set[str]:
    """The components that a Dockerfile installs, by the names of lakestack.install."""
    runs = [rest for stage in stages(dockerfile).values() for name, rest in stage.instructions if name == "RUN"]
    return {name for run in runs for name in re.findall(r"-m lakestack\.install ([a-z -]+)", run) for name in shlex.split(name)}


@every_dockerfile
def test_an_image_is_made_from_the_locks_of_the_embedded_engine(dockerfile):
    copied = {ROOT / source for stage in stages(dockerfile).values() for source in stage.copied}
    needed = {lock for name in installed(dockerfile) for lock in LOCKS[name]}

    assert needed
    assert {lock for lock in needed if not copied & {lock, *lock.parents}} == set()


def test_the_images_have_every_component_that_the_embedded_engine_has():
    made = {name for name, command in MADE_OTHERWISE.items() if any(command in path.read_text() for path in DOCKERFILES)}

    assert {name for path in DOCKERFILES for name in installed(path)} | made == {component.name for component in components.components()}


@pytest.fixture
def embedded(tmp_path, monkeypatch):
    """The embedded engine's parts by name, with every setting that a user can make."""
    for setting in parts._SETTINGS:
        monkeypatch.setenv(setting, "set")
    stack = Stack.at(tmp_path)
    stack.prepare(None)
    return {part.name: part for part in parts.parts(stack)}


def in_container(name: str) -> set[str]:
    service = EVERY_SERVICE[name]
    return {*service["environment"], *image_of(service).environment}


@pytest.mark.parametrize("name", ["localstack", "spark", "trino"])
def test_a_container_is_told_what_the_process_is_told(embedded, name):
    told = set(embedded[name].environment) - set(parts._INHERITED) - set(parts._SETTINGS)
    unread = {variable for variable, readers in READ_BY.items() if name not in readers}

    assert told - in_container(name) - unread - set(NOT_IN_CONTAINERS) == set()


def test_every_setting_of_the_embedded_engine_reaches_a_container():
    reached = set().union(*map(in_container, ("localstack", "spark", "trino")))

    assert set(parts._SETTINGS) - reached == set(NOT_SETTINGS_OF_CONTAINERS)


def test_an_exception_that_is_none_any_more_is_noticed(embedded):
    lacking = set().union(*(set(part.environment) - in_container(name) for name, part in embedded.items()))

    assert set(NOT_IN_CONTAINERS) - lacking == set()


def interpolated() -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{(\w+)", "".join(file.read_text() for file in COMPOSE_FILES)))


def test_the_example_of_settings_lists_every_variable_and_no_other():
    example = ROOT / ".env.example"
    listed = set(re.findall(r"^#?\s*([A-Z][A-Z0-9_]*)=", example.read_text(), re.MULTILINE))

    # COMPOSE_FILE and COMPOSE_PROFILES are docker compose's own.
    assert {name for name in listed if not name.startswith("COMPOSE_")} == interpolated()


def test_the_example_of_settings_shows_the_defaults():
    example = ROOT / ".env.example"
    shown = re.findall(r"^#?\s*([A-Z][A-Z0-9_]*)=(.*)$", example.read_text(), re.MULTILINE)
    text = "".join(file.read_text() for file in COMPOSE_FILES)
    defaults = {name: set(re.findall(rf"\$\{{{name}(?::?-([^}}]*))?\}}", text)) for name in interpolated()}
    first = {name: value for name, value in reversed(shown) if name in defaults}

    assert {name: value for name, value in first.items() if defaults[name] != {value}} == {}
