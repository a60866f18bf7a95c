"""Data identifiers."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import did
from dashboard.domain.did import Did
from dashboard.domain.problem import Problem

LETTERS = string.ascii_letters + string.digits
SCOPES = st.tuples(st.sampled_from(LETTERS), st.text(LETTERS + "._-", max_size=29)).map("".join)
NAMES = st.tuples(st.sampled_from(LETTERS), st.text(LETTERS + "_./:+=@-", max_size=60)).map("".join)


@given(SCOPES, NAMES)
def test_reads_what_it_writes(scope: str, name: str) -> None:
    assert did.parse(str(Did(scope, name))) == Did(scope, name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data26:AOD", Did("data26", "AOD")),
        ("user.alice:run:456001:fit", Did("user.alice", "run:456001:fit")),
        ("  mc26:x.root \n", Did("mc26", "x.root")),
    ],
)
def test_the_first_colon_parts(text: str, expected: Did) -> None:
    assert did.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noscope",
        ":name",
        "scope:",
        "sc ope:name",
        "s:na me",
        "s:na'me",
        's:"',
        "s:a;b",
        "s:a\nb",
        "é:x",
        "s:é",
        "s:a*",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(Problem) as told:
        did.parse(text)
    assert told.value.kind == "invalid"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(Problem):
        assert str(did.parse(text)) == text.strip()


def test_patterns() -> None:
    assert did.parse("data26:*AOD?", pattern=True) == Did("data26", "*AOD?")
    with pytest.raises(Problem):
        did.parse("data*:x", pattern=True)
