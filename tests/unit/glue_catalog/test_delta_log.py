"""What a Delta table's log says, read from logs that are written here by hand."""

import json

import deltalake
import pytest
from lakestack_aws.delta_log import DeltaLogError, NoDeltaLogError, describe_delta_table, hive_type

FIELDS = [
    {"name": "id", "type": "long", "nullable": False, "metadata": {}},
    {"name": "day", "type": "date", "nullable": True, "metadata": {}},
    {"name": "amount", "type": "decimal(18,2)", "nullable": True, "metadata": {"comment": "net"}},
]


def commit(folder, version, *actions):
    log = folder / "_delta_log"
    log.mkdir(exist_ok=True)
    (log / f"{version:020}.json").write_text("\n".join(json.dumps(action) for action in actions))


def create(folder, fields=FIELDS, partition_columns=("day",), **commit_info):
    metadata = {
        "id": "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": list(partition_columns),
        "configuration": {},
        "createdTime": 1,
    }
    info = {"timestamp": 1700000000000, "operation": "CREATE TABLE"} | commit_info
    commit(folder, 0, {"commitInfo": info}, {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": metadata})


def test_a_log_tells_version_columns_keys_and_time(tmp_path):
    create(tmp_path)

    table = describe_delta_table(str(tmp_path))

    assert table.version == 0
    assert table.columns == (("id", "bigint"), ("day", "date"), ("amount", "decimal(18,2)"))
    assert table.partition_columns == ("day",)
    assert table.data_columns == (("id", "bigint"), ("amount", "decimal(18,2)"))
    assert table.partition_keys == (("day", "date"),)
    assert json.loads(table.schema_string) == {"type": "struct", "fields": FIELDS}
    assert table.last_commit_timestamp == 1700000000000


def test_the_newest_commit_counts(tmp_path):
    create(tmp_path)
    add = {"path": "a.parquet", "partitionValues": {"day": "2024-01-01"}, "size": 1, "modificationTime": 1, "dataChange": True}
    commit(tmp_path, 1, {"commitInfo": {"timestamp": 1700000000001, "inCommitTimestamp": 1700000000002}}, {"add": add})

    table = describe_delta_table(f"file://{tmp_path}/")

    assert (table.version, table.last_commit_timestamp) == (1, 1700000000002)


def test_a_log_whose_first_commits_are_only_in_a_checkpoint_is_read(tmp_path):
    create(tmp_path)
    deltalake.DeltaTable(str(tmp_path)).create_checkpoint()
    (tmp_path / "_delta_log" / f"{0:020}.json").unlink()

    table = describe_delta_table(str(tmp_path))

    assert table.columns == (("id", "bigint"), ("day", "date"), ("amount", "decimal(18,2)"))
    assert table.last_commit_timestamp is None


def test_a_folder_without_a_log_is_no_delta_table(tmp_path):
    (tmp_path / "data.parquet").write_bytes(b"")

    with pytest.raises(NoDeltaLogError, match=f"There is no Delta log at {tmp_path}. Write the table first, or correct the location."):
        describe_delta_table(str(tmp_path))


def test_a_torn_log_is_said_to_be_unreadable(tmp_path):
    create(tmp_path)
    (tmp_path / "_delta_log" / f"{0:020}.json").write_text('{"metaData": {')

    with pytest.raises(DeltaLogError, match=f"The Delta log at {tmp_path} cannot be read"):
        describe_delta_table(str(tmp_path))


@pytest.mark.parametrize(
    ("delta", "hive"),
    [
        ("long", "bigint"),
        ("integer", "int"),
        ("short", "smallint"),
        ("byte", "tinyint"),
        ("string", "string"),
        ("double", "double"),
        ("decimal(10,2)", "decimal(10,2)"),
        ("timestamp", "timestamp"),
        ("timestamp_ntz", "timestamp"),
        ({"type": "array", "elementType": "long", "containsNull": True}, "array<bigint>"),
        ({"type": "map", "keyType": "string", "valueType": "integer", "valueContainsNull": True}, "map<string,int>"),
        (
            {"type": "struct", "fields": [{"name": "a", "type": "long"}, {"name": "b", "type": {"type": "array", "elementType": "byte"}}]},
            "struct<a:bigint,b:array<tinyint>>",
        ),
    ],
)
def test_a_type_of_delta_has_its_hive_spelling(delta, hive):
    assert hive_type(delta) == hive
