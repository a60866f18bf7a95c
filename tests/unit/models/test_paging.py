import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.models.paging import matching, ordered, page_of

JOBS = pd.DataFrame(
    {"name": ["zmumu", "toys", "unfold.*"], "host": ["b9a", None, "B9C"], "wall": [3.0, None, 1.0]},
    index=["1.0", "2.0", "3.0"],
)


def test_words_are_found_in_any_column_and_case():
    assert list(matching(JOBS, "b9", ["name", "host"]).index) == ["1.0", "3.0"]
    assert list(matching(JOBS, "B9 UNF", ["name", "host"]).index) == ["3.0"]
    assert len(matching(JOBS, "  ", ["name"])) == 3


def test_text_is_never_a_pattern():
    assert list(matching(JOBS, ".*", ["name"]).index) == ["3.0"]
    assert matching(JOBS, "[", ["name"]).empty


def test_unknown_column_finds_nothing_and_sorts_nothing():
    assert matching(JOBS, "zmumu", ["nope"]).empty
    assert list(ordered(JOBS, "-nope").index) == list(JOBS.index)


@pytest.mark.parametrize(("sort", "order"), [("wall", ["3.0", "1.0", "2.0"]), ("-wall", ["1.0", "3.0", "2.0"])])
def test_missing_values_come_last(sort, order):
    assert list(ordered(JOBS, sort).index) == order


def test_page_beyond_the_end_is_the_last():
    page = page_of(pd.DataFrame({"n": range(101)}), "-n", page=9, page_size=50)
    assert (page.number, page.total, list(page.frame["n"])) == (3, 101, [0])


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 7), st.sampled_from(["", "n", "-n", "x"]))
def test_pages_together_are_the_frame(values, size, sort):
    frame = pd.DataFrame({"n": values})
    pages = [page_of(frame, sort, i + 1, size).frame for i in range(max(1, -(-len(values) // size)))]
    assert sorted(i for page in pages for i in page.index) == list(range(len(values)))
