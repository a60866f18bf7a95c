import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.workspace.derived import KEPT, Derived


def test_a_thing_is_made_once_of_each_version():
    derived, made = Derived(), []

    def make():
        made.append(1)
        return len(made)

    assert [derived(1, "a", make), derived(1, "a", make), derived(1, "b", make)] == [1, 1, 2]
    assert derived(2, "a", make) == 3
    assert derived(1, "a", make) == 4  # who still looks at the older version does not bring it back
    assert derived(2, "a", make) == 3


def test_who_asks_while_it_is_made_waits_for_it():
    derived, begun, go_on = Derived(), threading.Event(), threading.Event()

    def make():
        begun.set()
        assert go_on.wait(30)
        return object()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(derived, 1, "a", make)
        assert begun.wait(30)
        second = pool.submit(derived, 1, "a", object)
        go_on.set()
        assert first.result(30) is second.result(30)


def test_what_could_not_be_made_is_told_to_all():
    derived = Derived()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            derived(1, "a", lambda: 1 / 0)


def test_not_everything_ever_asked_for_is_kept():
    derived, made = Derived(), []
    for number in range(KEPT + 1):
        derived(1, number, lambda: made.append(1))
    derived(1, KEPT, lambda: made.append(1))
    assert len(made) == KEPT + 1
    derived(1, 0, lambda: made.append(1))
    assert len(made) == KEPT + 2
