"""The catalog as Hive's client sees it: its calls, its exceptions, and the files of managed tables."""

import pytest
from hive_metastore import ThriftHiveMetastore, ttypes
from lakestack_aws.glue.catalog.records import Column, DatabaseInput, PartitionInput, StorageDescriptor, TableInput
from lakestack_aws.glue.metastore.handler import MetastoreHandler
from lakestack_aws.glue.metastore.partition_names import partition_name, partition_spec, partition_values
from thrift.Thrift import TApplicationException


class FakeFiles:
    def __init__(self):
        self.deleted = []

    def delete_tree(self, location):
        self.deleted.append(location)


@pytest.fixture
def files():
    return FakeFiles()


@pytest.fixture
def hive(catalog, files):
    return MetastoreHandler(catalog, files)


def hive_table(name="sales", location=None, keys=(), **members):
    descriptor = ttypes.StorageDescriptor(
        cols=[ttypes.FieldSchema(name="amount", type="double", comment=None)],
        location=location,
        inputFormat="in",
        outputFormat="out",
        serdeInfo=ttypes.SerDeInfo(serializationLib="serde", parameters={"field.delim": ","}),
    )
    partition_keys = [ttypes.FieldSchema(name=key, type="string") for key in keys]
    return ttypes.Table(
        dbName="shop", tableName=name, sd=descriptor, partitionKeys=partition_keys, **({"tableType": "MANAGED_TABLE", "parameters": {}} | members)
    )


def hive_partition(*values, location=None):
    return ttypes.Partition(dbName="shop", tableName="sales", values=list(values), sd=ttypes.StorageDescriptor(location=location))


def names_of(partitions):
    return [tuple(partition.values) for partition in partitions]


def test_a_table_that_hive_makes_is_glues_and_comes_back(hive, catalog):
    hive.create_table(hive_table(keys=["day"], owner="me", parameters={"comment": "what was sold", "a": "b"}))

    stored = catalog.tables.get("shop", "sales")
    returned = hive.get_table("shop", "sales")
    assert (stored.description, stored.owner, stored.parameters["a"]) == ("what was sold", "me", "b")
    assert "comment" not in stored.parameters
    assert stored.partition_keys == (Column(name="day", type="string"),)
    assert stored.parameters["transient_lastDdlTime"].isdigit()
    assert returned.parameters["comment"] == "what was sold"
    assert [(column.name, column.type) for column in returned.sd.cols] == [("amount", "double")]
    assert (returned.sd.serdeInfo.serializationLib, returned.sd.serdeInfo.parameters) == ("serde", {"field.delim": ","})


def test_a_table_without_a_location_lies_below_its_database(hive):
    hive.create_table(hive_table("Sales"))

    assert hive.get_table("shop", "sales").sd.location == "s3://lake/shop/sales"


def test_a_table_without_a_location_in_a_database_without_one_is_refused(hive, catalog):
    catalog.databases.create(DatabaseInput(name="nowhere"))
    table = hive_table()
    table.dbName = "nowhere"

    with pytest.raises(ttypes.MetaException) as refused:
        hive.create_table(table)

    assert refused.value.message == "Table nowhere.sales has no location, and neither has its database. Give one of them a location."


def test_a_view_lies_nowhere(hive):
    hive.create_table(hive_table("v", tableType="VIRTUAL_VIEW", viewOriginalText="select 1", viewExpandedText="select 1"))

    view = hive.get_table("shop", "v")
    assert (view.sd.location, view.viewOriginalText) == (None, "select 1")


def test_what_glue_leaves_out_is_complete_for_hive(hive, catalog):
    catalog.tables.create("shop", TableInput(name="bare"))

    table = hive.get_table("shop", "bare")

    assert (table.tableType, table.owner, table.parameters, table.partitionKeys) == ("EXTERNAL_TABLE", "", {}, [])
    assert (table.sd.cols, table.sd.bucketCols, table.sd.sortCols, table.sd.parameters) == ([], [], [], {})
    assert (table.sd.serdeInfo.parameters, table.sd.skewedInfo.skewedColNames, table.sd.numBuckets) == ({}, [], 0)


def test_a_table_of_a_type_that_hive_does_not_know_is_external(hive, catalog):
    catalog.tables.create("shop", TableInput(name="governed", table_type="GOVERNED"))

    assert hive.get_table("shop", "governed").tableType == "EXTERNAL_TABLE"


@pytest.mark.parametrize(
    ("call", "arguments", "exception"),
    [
        ("get_database", ["nope"], ttypes.NoSuchObjectException),
        ("get_table", ["shop", "nope"], ttypes.NoSuchObjectException),
        ("get_table_req", [ttypes.GetTableRequest(dbName="shop", tblName="nope")], ttypes.NoSuchObjectException),
        ("drop_table", ["shop", "nope", True], ttypes.NoSuchObjectException),
        ("get_partition", ["shop", "nope", []], ttypes.NoSuchObjectException),
        ("create_database", [ttypes.Database(name="shop")], ttypes.AlreadyExistsException),
        # Calls that do not declare NoSuchObjectException: an undeclared one would be an internal error to the client.
        ("alter_table", ["shop", "sales", hive_table()], ttypes.InvalidOperationException),
        ("get_all_tables", ["nope"], ttypes.MetaException),
    ],
)
def test_an_error_is_an_exception_that_the_call_declares(hive, call, arguments, exception):
    with pytest.raises(exception):
        getattr(hive, call)(*arguments)


def test_a_call_that_is_not_there_says_its_name(hive):
    with pytest.raises(TApplicationException) as refused:
        hive.compact2(None)

    assert refused.value.type == TApplicationException.UNKNOWN_METHOD
    assert refused.value.message == "compact2 is not implemented by lakestack's Hive metastore."


def test_every_call_that_we_have_is_one_of_hives(hive):
    ours = {name for name in dir(hive._calls) if not name.startswith("_")}

    assert ours - set(dir(ThriftHiveMetastore.Iface)) <= {"shutdown"}


def test_the_default_database_is_made_once_and_has_no_location(hive, catalog):
    first = hive.get_database("default")
    second = hive.get_database("Default")

    assert first == second
    assert [database.name for database in catalog.databases.all()] == ["default", "shop"]
    assert first.locationUri == ""


def test_databases_are_found_by_pattern(hive, catalog):
    catalog.databases.create(DatabaseInput(name="shop_raw"))
    catalog.databases.create(DatabaseInput(name="bank"))

    assert hive.get_databases("shop*") == ["shop", "shop_raw"]
    assert hive.get_databases("shop|bank") == ["bank", "shop"]


def test_tables_are_found_by_pattern_and_type(hive):
    hive.create_table(hive_table("t1"))
    hive.create_table(hive_table("v1", tableType="VIRTUAL_VIEW"))

    assert hive.get_tables("shop", "*1") == ["t1", "v1"]
    assert hive.get_tables_by_type("shop", "*", "VIRTUAL_VIEW") == ["v1"]
    assert [table.tableName for table in hive.get_table_objects_by_name("shop", ["v1", "nope", "t1"])] == ["v1", "t1"]


def test_a_table_is_altered_in_a_new_version(hive, catalog):
    hive.create_table(hive_table())

    hive.alter_table_with_environment_context("shop", "sales", hive_table(parameters={"new": "yes"}), None)

    table = catalog.tables.get("shop", "sales")
    assert (table.version_id, table.parameters["new"]) == ("1", "yes")


def test_a_table_cannot_be_renamed_as_on_glue(hive):
    hive.create_table(hive_table())

    with pytest.raises(ttypes.InvalidOperationException) as refused:
        hive.alter_table("shop", "sales", hive_table("sold"))

    assert refused.value.message == "Table rename is not supported"


def test_cascade_gives_partitions_the_new_columns(hive, catalog):
    hive.create_table(hive_table(keys=["day"]))
    hive.add_partition(hive_partition("monday"))
    context = ttypes.EnvironmentContext(properties={"CASCADE": "true"})

    hive.alter_table_with_environment_context("shop", "sales", hive_table(keys=["day"]), context)

    assert catalog.partitions.get("shop", "sales", ("monday",)).storage_descriptor.columns == (Column(name="amount", type="double"),)


def test_the_files_of_a_managed_table_go_with_it(hive, files):
    hive.create_table(hive_table())

    hive.drop_table("shop", "sales", True)

    assert files.deleted == ["s3://lake/shop/sales"]


@pytest.mark.parametrize(
    ("table", "delete_data"),
    [
        (hive_table(), False),
        (hive_table(tableType="EXTERNAL_TABLE"), True),
        (hive_table(parameters={"EXTERNAL": "TRUE"}), True),
    ],
    ids=["data is to stay", "external", "external by parameter"],
)
def test_other_files_stay(hive, files, table, delete_data):
    hive.create_table(table)

    hive.drop_table("shop", "sales", delete_data)

    assert files.deleted == []


def test_a_database_with_tables_is_dropped_only_by_cascade(hive, catalog, files):
    hive.create_table(hive_table())

    with pytest.raises(ttypes.InvalidOperationException) as refused:
        hive.drop_database("shop", True, False)
    hive.drop_database("shop", True, True)

    assert refused.value.message == "Database shop is not empty. One or more tables exist."
    assert files.deleted == ["s3://lake/shop/sales"]
    assert catalog.databases.all() == []


def test_a_partition_lies_below_its_table_unless_it_says_otherwise(hive):
    hive.create_table(hive_table(keys=["day", "hour"]))

    added = hive.add_partitions_req(
        ttypes.AddPartitionsRequest(
            dbName="shop",
            tblName="sales",
            parts=[hive_partition("2024-01-01", "10:30"), hive_partition("x", "y", location="s3://else/where")],
            ifNotExists=False,
        )
    )

    assert [partition.sd.location for partition in added.partitions] == ["s3://lake/shop/sales/day=2024-01-01/hour=10%3A30", "s3://else/where"]


def test_of_partitions_one_of_which_exists_none_is_added_unless_that_is_excused(hive):
    hive.create_table(hive_table(keys=["day"]))
    hive.add_partition(hive_partition("monday"))
    both = [hive_partition("monday"), hive_partition("tuesday")]

    with pytest.raises(ttypes.AlreadyExistsException):
        hive.add_partitions(both)
    after_refusal = names_of(hive.get_partitions("shop", "sales", -1))
    hive.add_partitions_req(ttypes.AddPartitionsRequest(dbName="shop", tblName="sales", parts=both, ifNotExists=True))

    assert after_refusal == [("monday",)]
    assert names_of(hive.get_partitions("shop", "sales", -1)) == [("monday",), ("tuesday",)]


@pytest.fixture
def four_partitions(hive):
    hive.create_table(hive_table(keys=["region", "month"]))
    hive.add_partitions([hive_partition(region, month) for region in ("eu", "us") for month in ("1", "2")])
    return hive


def test_partitions_are_found_by_filter_part_and_name(four_partitions):
    hive = four_partitions

    assert names_of(hive.get_partitions_by_filter("shop", "sales", 'region = "eu" and month = "2"', -1)) == [("eu", "2")]
    assert names_of(hive.get_partitions_ps("shop", "sales", ["", "1"], -1)) == [("eu", "1"), ("us", "1")]
    assert names_of(hive.get_partitions_ps_with_auth("shop", "sales", ["us"], -1, "me", [])) == [("us", "1"), ("us", "2")]
    assert names_of(hive.get_partitions_by_names("shop", "sales", ["region=us/month=1", "region=asia/month=1"])) == [("us", "1")]
    assert hive.get_partition_names("shop", "sales", 3) == ["region=eu/month=1", "region=eu/month=2", "region=us/month=1"]
    assert hive.get_num_partitions_by_filter("shop", "sales", 'region = "us"') == 2


def test_a_partition_is_altered_renamed_and_dropped_with_its_files(four_partitions, files):
    hive = four_partitions
    hive.alter_partition("shop", "sales", hive_partition("eu", "1", location="s3://else/where"))
    hive.rename_partition("shop", "sales", ["eu", "2"], hive_partition("eu", "12", location="s3://old/place"))
    hive.drop_partition("shop", "sales", ["us", "1"], True)

    assert hive.get_partition("shop", "sales", ["eu", "1"]).sd.location == "s3://else/where"
    assert hive.get_partition_by_name("shop", "sales", "region=eu/month=12").sd.location == "s3://old/place"
    assert names_of(hive.get_partitions("shop", "sales", -1)) == [("eu", "1"), ("eu", "12"), ("us", "2")]
    assert files.deleted == ["s3://lake/shop/sales/region=us/month=1"]


def test_dropping_partitions_of_which_one_is_missing_drops_none_unless_that_is_excused(four_partitions):
    hive = four_partitions
    parts = ttypes.RequestPartsSpec(names=["region=eu/month=1", "region=asia/month=1"])

    with pytest.raises(ttypes.NoSuchObjectException):
        hive.drop_partitions_req(ttypes.DropPartitionsRequest(dbName="shop", tblName="sales", parts=parts, ifExists=False))
    hive.drop_partitions_req(ttypes.DropPartitionsRequest(dbName="shop", tblName="sales", parts=parts, ifExists=True))

    assert names_of(hive.get_partitions("shop", "sales", -1)) == [("eu", "2"), ("us", "1"), ("us", "2")]


def test_a_partition_of_glue_without_a_descriptor_has_its_tables(hive, catalog):
    descriptor = StorageDescriptor(location="s3://lake/sales", input_format="in")
    catalog.tables.create("shop", TableInput(name="sales", partition_keys=(Column(name="day", type="string"),), storage_descriptor=descriptor))
    catalog.partitions.create("shop", "sales", PartitionInput(values=("monday",)))

    partition = hive.get_partition("shop", "sales", ["monday"])

    assert (partition.sd.location, partition.sd.inputFormat) == ("s3://lake/sales/day=monday", "in")


def test_partition_names_are_escaped_as_hive_does_and_read_back():
    keys = [Column(name="Day"), Column(name="path")]
    values = ("10:30 a=b", "x/y%z#1")

    name = partition_name(keys, values)

    assert name == "day=10%3A30 a%3Db/path=x%2Fy%25z%231"
    assert partition_values(name) == values
    assert partition_spec(name) == {"day": values[0], "path": values[1]}
