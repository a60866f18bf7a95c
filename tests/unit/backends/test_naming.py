"""An expression that names jobs is true of them and of no other."""

from __future__ import annotations

import classad2
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.backends.htcondor.naming import beyond, naming

IDS = st.tuples(st.integers(1, 9), st.integers(0, 12))


@settings(max_examples=50)
@given(st.sets(IDS, max_size=20), st.sets(st.integers(1, 9), max_size=2))
def test_it_is_true_of_those_named_alone(ids: set[tuple[int, int]], clusters: set[int]) -> None:
    expression = classad2.ExprTree(naming([*ids, *((cluster, None) for cluster in clusters)]))
    for cluster in range(11):
        for proc in range(14):
            job = classad2.ClassAd({"ClusterId": cluster, "ProcId": proc})
            assert (expression.eval(job) is True) == ((cluster, proc) in ids or cluster in clusters)


def test_thousands_of_ids_are_no_deep_nest() -> None:
    text = naming([(7, proc) for proc in range(0, 40_000, 2)])
    depth = deepest = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        deepest = max(deepest, depth)
    assert deepest <= 16


@settings(max_examples=50)
@given(st.dictionaries(st.integers(1, 9), st.integers(0, 12)))
def test_jobs_from_a_proc_on(procs: dict[int, int]) -> None:
    expression = classad2.ExprTree(beyond(procs))
    for cluster in range(11):
        assert expression.eval(classad2.ClassAd({"ClusterId": cluster})) is not True
        for proc in range(14):
            job = classad2.ClassAd({"ClusterId": cluster, "ProcId": proc})
            assert (expression.eval(job) is True) == (cluster in procs and proc >= procs[cluster])
