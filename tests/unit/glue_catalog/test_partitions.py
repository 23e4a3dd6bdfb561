"""Partitions: unique by their values, found in segments."""

import pytest
from lakestack_aws.glue.catalog.partitions import Segment
from lakestack_aws.glue.catalog.records import ColumnStatistics, PartitionInput
from lakestack_aws.glue.errors import AlreadyExistsException, EntityNotFoundException, InvalidInputException


def test_a_partition_needs_one_value_for_each_key(partitioned):
    catalog = partitioned(year="int", month="int")

    with pytest.raises(InvalidInputException, match=r"^The number of partition keys do not match the number of partition values$"):
        catalog.partitions.create("shop", "sales", PartitionInput(values=("2024",)))


def test_a_partition_of_the_same_values_is_refused(partitioned):
    catalog = partitioned(("2024",), year="int")

    with pytest.raises(AlreadyExistsException, match=r"^Partition already exists\.$"):
        catalog.partitions.create("shop", "sales", PartitionInput(values=("2024",)))


def test_segments_share_out_all_partitions_and_none_twice(partitioned):
    values = [(str(day),) for day in range(100)]
    catalog = partitioned(*values, day="int")

    shares = [catalog.partitions.select("shop", "sales", segment=Segment(number, 5)) for number in range(5)]

    assert sorted(partition.values for share in shares for partition in share) == sorted(values)
    assert all(shares)


def test_a_segment_beyond_the_last_is_refused():
    with pytest.raises(InvalidInputException, match="Segment number 5 is out of range"):
        Segment(5, 5)


def test_an_update_may_give_a_partition_other_values(partitioned):
    catalog = partitioned(("2024",), year="int")
    created = catalog.partitions.get("shop", "sales", ("2024",))

    catalog.partitions.update("shop", "sales", ("2024",), PartitionInput(values=("2025",), parameters={"a": "b"}))

    moved = catalog.partitions.get("shop", "sales", ("2025",))
    assert (moved.parameters, moved.creation_time) == ({"a": "b"}, created.creation_time)
    with pytest.raises(EntityNotFoundException, match=r"^Cannot find partition\.$"):
        catalog.partitions.get("shop", "sales", ("2024",))


def test_an_update_cannot_take_the_values_of_another_partition(partitioned):
    catalog = partitioned(("2024",), ("2025",), year="int")

    with pytest.raises(AlreadyExistsException):
        catalog.partitions.update("shop", "sales", ("2024",), PartitionInput(values=("2025",)))

    assert [partition.values for partition in catalog.partitions.select("shop", "sales")] == [("2024",), ("2025",)]


def test_an_update_under_the_same_values_keeps_the_statistics(partitioned):
    catalog = partitioned(("2024",), year="int")
    known = ColumnStatistics(column_name="amount", column_type="double", analyzed_time=None, statistics_data={"Type": "DOUBLE"})
    catalog.statistics.put("shop", "sales", ("2024",), [known])

    catalog.partitions.update("shop", "sales", ("2024",), PartitionInput(parameters={"a": "b"}))

    assert catalog.statistics.get("shop", "sales", ("2024",)) == {"amount": known}
