"""Names of workers: each its own, and the same again after a restart."""

from lakestack_worker.names import take_name


def test_workers_side_by_side_have_names_of_their_own_and_a_successor_has_its_predecessors(tmp_path):
    first, second = take_name(tmp_path), take_name(tmp_path)
    first.release()
    successor = take_name(tmp_path)

    assert first.name != second.name
    assert successor.name == first.name
