"""Locks by key: exclusive, re-entrant, and gone when nobody uses them."""

import threading

from lakestack_aws.s3.keyed_locks import KeyedLocks


def test_two_threads_do_not_hold_one_key_at_once():
    locks, held, most = KeyedLocks(), [], []

    def work():
        for _ in range(200):
            with locks.hold("key"):
                held.append(1)
                most.append(len(held))
                held.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1


def test_another_key_is_not_held_up():
    locks, reached = KeyedLocks(), threading.Event()

    def work():
        with locks.hold("other"):
            reached.set()

    with locks.hold("key"):
        threading.Thread(target=work).start()

        assert reached.wait(5)


def test_the_holder_may_take_its_key_again():
    locks = KeyedLocks()

    with locks.hold("key"), locks.hold("key"):
        assert len(locks) == 1


def test_a_key_that_nobody_holds_is_forgotten():
    locks = KeyedLocks()

    with locks.hold_all(["b", "a", "b"]):
        assert len(locks) == 2

    assert len(locks) == 0
