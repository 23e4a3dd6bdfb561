"""How the parts become what they are: the programs that both engines start."""

import importlib.util
import stat
import sys

import pytest

from lakestack.project import SERVICES


def load(path):
    spec = importlib.util.spec_from_file_location(f"start_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


localstack, trino = load(SERVICES / "localstack/start.py"), load(SERVICES / "trino/start.py")


@pytest.fixture
def places(tmp_path):
    return {"LAKESTACK_TRINO_HOME": "/trino", "LAKESTACK_TRINO_JAVA": "/java", "LAKESTACK_STATE": str(tmp_path / "state")}


def test_trino_listens_where_its_file_says_unless_others_have_to_reach_it(places):
    alone = trino.trino_command(places, [])
    reachable = trino.trino_command({**places, "LAKESTACK_TRINO_LISTEN": "0.0.0.0"}, ["-Dflag=1"])

    assert not any("bind-ip" in flag for flag in alone)
    assert "-Dnode.bind-ip=0.0.0.0" in reachable
    assert "-Dflag=1" in reachable
    assert alone[0] == "/java"
    assert alone[-1] == "io.trino.server.TrinoServer"


@pytest.mark.parametrize(
    ("discovery", "name"), [({}, "config.properties"), ({"LAKESTACK_TRINO_DISCOVERY": "http://trino:8080"}, "worker.properties")]
)
def test_a_node_that_only_works_has_settings_of_its_own(places, discovery, name):
    (configured,) = [flag for flag in trino.trino_command({**places, **discovery}, []) if flag.startswith("-Dconfig=")]

    assert configured.endswith(f"/etc/{name}")


def test_the_data_folder_is_there_before_trino_is(places, tmp_path):
    trino.trino_command(places, [])

    assert (tmp_path / "state/data").is_dir()


def test_our_plugins_are_found_as_an_installation_would_have_them(tmp_path):
    folder = localstack.write_entry_points(SERVICES / "localstack/pyproject.toml", tmp_path / "entry_points")

    sys.path.insert(0, str(folder))
    try:
        (found,) = importlib.metadata.distributions(name="lakestack-aws", path=[str(folder)])
    finally:
        sys.path.remove(str(folder))
    names = {entry.name for entry in found.entry_points if entry.group == "localstack.aws.provider"}
    assert names == {"glue:default", "athena:default", "s3:files", "dynamodb:moto"}


def test_what_lies_there_of_the_last_time_goes_and_the_folder_stays(tmp_path):
    (tmp_path / "objects/bucket").mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("/nowhere")

    localstack.empty(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_the_token_is_made_once_and_for_its_user_alone(tmp_path):
    file = tmp_path / "worker-token"

    first, second = localstack.shared_token(file), localstack.shared_token(file)

    assert first == second
    assert len(first) >= 24
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
