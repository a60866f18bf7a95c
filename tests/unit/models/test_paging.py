import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.models.paging import matching, page_of

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
    assert list(page_of(JOBS, "-nope").frame.index) == list(JOBS.index)


@pytest.mark.parametrize(("sort", "order"), [("wall", ["3.0", "1.0", "2.0"]), ("-wall", ["1.0", "3.0", "2.0"])])
def test_missing_values_come_last(sort, order):
    assert list(page_of(JOBS, sort).frame.index) == order


def test_page_beyond_the_end_is_the_last():
    page = page_of(pd.DataFrame({"n": range(101)}), "-n", page=9, page_size=50)
    assert (page.number, page.total, list(page.frame["n"])) == (3, 101, [0])


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 7), st.sampled_from(["", "n", "-n", "x"]))
def test_pages_together_are_the_frame(values, size, sort):
    frame = pd.DataFrame({"n": values})
    pages = [page_of(frame, sort, i + 1, size).frame for i in range(max(1, -(-len(values) // size)))]
    assert sorted(i for page in pages for i in page.index) == list(range(len(values)))


VALUES = {
    "number": st.floats(allow_nan=True, allow_infinity=False, width=16),
    "text": st.sampled_from(["", "a", "B", "ab", "Ä"]),
    "whole": st.none() | st.integers(-3, 3),
}


@given(
    st.lists(st.fixed_dictionaries(VALUES), max_size=30),
    st.sampled_from(["number", "text", "whole", "kind"]),
    st.booleans(),
    st.integers(1, 4),
)
def test_order_is_that_of_pandas(rows, column, descending, page):
    frame = pd.DataFrame(rows, columns=list(VALUES)).astype({"whole": "Int64", "text": "str"})
    frame["kind"] = pd.Categorical(frame["text"], categories=["ab", "B", "", "a", "Ä", "unused"])
    expected = frame.assign(kind=frame["text"]).sort_values(column, ascending=not descending, kind="stable")
    found = page_of(frame, f"{'-' if descending else ''}{column}", page, 7)
    assert list(found.frame.index) == list(expected.index[(found.number - 1) * 7 : found.number * 7])


@given(st.lists(st.tuples(*[st.none() | st.sampled_from(["", "Ab", "b.*", "C"])] * 2), max_size=20), st.text("abBc .*"))
def test_words_are_found_as_row_by_row(rows, text):
    frame = pd.DataFrame(rows, columns=["one", "two"], dtype="object").astype({"one": "category"})
    expected = [
        all(any(word in (cell or "").casefold() for cell in row) for word in text.casefold().split()) for row in rows
    ]
    assert list(matching(frame, text, ["one", "two"]).index) == list(frame.index[expected])
