"""Tables, their versions, and the check against lost updates."""

import threading

import pytest
from lakestack_aws.glue.catalog.records import Column, ColumnStatistics, PartitionIndex, PartitionInput, TableInput
from lakestack_aws.glue.errors import AlreadyExistsException, ConcurrentModificationException, EntityNotFoundException, InvalidInputException


def test_names_are_lower_cased_wherever_they_come_from(catalog):
    catalog.tables.create("SHOP", TableInput(name="Orders"))

    assert catalog.tables.get("Shop", "ORDERS").name == "orders"
    assert catalog.tables.get("shop", "orders").database_name == "shop"


def test_a_taken_name_is_refused_in_any_case(catalog):
    catalog.tables.create("shop", TableInput(name="orders"))

    with pytest.raises(AlreadyExistsException, match=r"^Table already exists\.$"):
        catalog.tables.create("shop", TableInput(name="ORDERS"))


def test_a_missing_table_is_named(catalog):
    with pytest.raises(EntityNotFoundException, match=r"^Table nope not found\.$"):
        catalog.tables.get("shop", "nope")
    with pytest.raises(EntityNotFoundException, match=r"^Database nowhere not found\.$"):
        catalog.tables.get("nowhere", "nope")


def test_versions_count_from_0_and_the_newest_comes_first(catalog):
    catalog.tables.create("shop", TableInput(name="orders", description="a"))
    catalog.tables.update("shop", TableInput(name="orders", description="b"))
    catalog.tables.update("shop", TableInput(name="orders", description="c"))

    versions = [(table.version_id, table.description) for table in catalog.tables.versions("shop", "orders")]

    assert versions == [("2", "c"), ("1", "b"), ("0", "a")]


def test_a_version_that_is_not_archived_is_forgotten_but_its_number_is_not_used_again(catalog):
    catalog.tables.create("shop", TableInput(name="orders"))
    catalog.tables.update("shop", TableInput(name="orders"), skip_archive=True)
    catalog.tables.update("shop", TableInput(name="orders"))

    assert [table.version_id for table in catalog.tables.versions("shop", "orders")] == ["2", "1"]


def test_an_update_replaces_everything_but_the_time_of_creation(catalog):
    created = catalog.tables.create("shop", TableInput(name="orders", description="old", partition_keys=(Column(name="day", type="date"),)))

    updated = catalog.tables.update("shop", TableInput(name="ORDERS", owner="me"))

    assert (updated.description, updated.partition_keys, updated.owner) == (None, (), "me")
    assert updated.create_time == created.create_time
    assert updated.update_time > created.update_time


def test_an_update_of_another_version_than_the_current_one_is_refused(catalog):
    catalog.tables.create("shop", TableInput(name="orders"))
    catalog.tables.update("shop", TableInput(name="orders", owner="first"), version_id="0")

    with pytest.raises(ConcurrentModificationException, match=r"^Update table failed due to concurrent modifications\.$"):
        catalog.tables.update("shop", TableInput(name="orders", owner="second"), version_id="0")

    assert catalog.tables.get("shop", "orders").owner == "first"


def test_of_many_updates_of_one_version_one_wins(catalog):
    catalog.tables.create("shop", TableInput(name="orders"))
    outcomes = []

    def update(owner):
        try:
            catalog.tables.update("shop", TableInput(name="orders", owner=owner), version_id="0")
            outcomes.append("won")
        except ConcurrentModificationException:
            outcomes.append("lost")

    threads = [threading.Thread(target=update, args=(str(number),)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["lost"] * 15 + ["won"]
    assert catalog.tables.get("shop", "orders").version_id == "1"


def test_an_archived_version_can_be_deleted_the_current_one_cannot(catalog):
    catalog.tables.create("shop", TableInput(name="orders"))
    catalog.tables.update("shop", TableInput(name="orders"))

    catalog.tables.delete_version("shop", "orders", "0")

    assert [table.version_id for table in catalog.tables.versions("shop", "orders")] == ["1"]
    with pytest.raises(EntityNotFoundException, match=r"^Version not found\.$"):
        catalog.tables.delete_version("shop", "orders", "0")
    with pytest.raises(InvalidInputException, match="Version 1 is the current version of table orders"):
        catalog.tables.delete_version("shop", "orders", "1")


def test_a_table_made_anew_has_nothing_of_the_deleted_one(catalog, partitioned):
    partitioned(("2024",), year="int")
    catalog.partitions.create_index("shop", "sales", PartitionIndex(index_name="by_year", keys=("year",)))
    catalog.tables.update("shop", catalog.tables.get("shop", "sales"))
    catalog.tables.delete("shop", "sales")

    catalog.tables.create("shop", TableInput(name="sales", partition_keys=(Column(name="year", type="int"),)))

    assert catalog.partitions.select("shop", "sales") == []
    assert catalog.partitions.indexes("shop", "sales")[1] == []
    assert [table.version_id for table in catalog.tables.versions("shop", "sales")] == ["0"]


def test_a_database_takes_its_tables_with_it(catalog):
    catalog.tables.create("shop", TableInput(name="orders"))

    catalog.databases.delete("SHOP")

    with pytest.raises(EntityNotFoundException, match=r"^Database shop not found\.$"):
        catalog.tables.all_in("shop")


def test_statistics_end_with_their_partition(catalog, partitioned):
    partitioned(("2024",), year="int")
    known = ColumnStatistics(column_name="amount", column_type="double", analyzed_time=None, statistics_data={"Type": "DOUBLE"})
    catalog.statistics.put("shop", "sales", ("2024",), [known])
    catalog.partitions.delete("shop", "sales", ("2024",))

    catalog.partitions.create("shop", "sales", PartitionInput(values=("2024",)))

    assert catalog.statistics.get("shop", "sales", ("2024",)) == {}


def test_an_index_on_something_else_than_a_partition_key_is_refused_and_no_table_is_made(catalog):
    with pytest.raises(InvalidInputException, match="Index i names amount; the partition keys are: day"):
        catalog.tables.create("shop", TableInput(name="t", partition_keys=(Column(name="day"),)), [PartitionIndex(index_name="i", keys=("amount",))])

    assert catalog.tables.all_in("shop") == []
