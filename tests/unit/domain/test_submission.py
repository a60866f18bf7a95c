import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

os.environ.setdefault("CONDOR_CONFIG", "ONLY_ENV")
import htcondor2

from dashboard.domain import description
from dashboard.domain.problem import Problem
from dashboard.domain.submission import Form, check, describe, parse

HOSTILE = [
    'x"\nqueue 99',
    "a\nexecutable = /bin/evil",
    "a\\",
    "\\",
    "$(HOME) $ENV(HOME) $F(x) $x$(y)",
    "it''s 'one word'",
    '"a" ""b',
    "a\r\nqueue",
    "@=end",
    "a # b",
    "queue 7",
    "include : /bin/ls |",
    "$(ProcId)$(x)",
    "é\u2028\u0085",
]
# The client refuses lone surrogates, which no browser sends either.
typed = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(HOSTILE)
number = st.none() | st.integers(-5, 10**7)
forms = st.builds(
    Form,
    executable=typed,
    arguments=typed,
    inputs=st.lists(typed, max_size=3).map(tuple),
    outputs=st.lists(typed, max_size=3).map(tuple),
    cpus=number,
    memory=number,
    disk=number,
    count=number,
    batch_name=typed,
    output=typed,
    error=typed,
    log=typed,
    transfer=st.booleans(),
)
KEYS = {
    "executable": "executable",
    "batch_name": "batch_name",
    "output": "output",
    "error": "error",
    "log": "log",
}
OTHERS = {
    "arguments",
    "transfer_input_files",
    "transfer_output_files",
    "request_cpus",
    "request_memory",
    "request_disk",
    "should_transfer_files",
    "when_to_transfer_output",
}


def meant(text: str) -> str:
    """What HTCondor should make of a typed text: our macros filled in for job 1.0, all else as it stands."""
    text = re.sub(r"\$\((clusterid|cluster)\)", "1", text.strip(), flags=re.IGNORECASE)
    return re.sub(r"\$\((procid|process|step)\)", "0", text, flags=re.IGNORECASE)


@given(forms)
def test_nothing_typed_ever_adds_or_hides_a_command(form):
    read = htcondor2.Submit(describe(form))
    assert {key.lower() for key in read} <= set(KEYS.values()) | OTHERS
    assert read.getQArgs() == ("" if form.count is None else str(form.count))


@given(forms)
def test_what_passes_the_check_reaches_htcondor_as_typed(form):
    faulty = {fault.field for fault in check(form)}
    read = htcondor2.Submit(describe(form))
    for name, key in KEYS.items():
        text = getattr(form, name)
        if name not in faulty and text.strip():
            assert read.expand(key) == meant(text)
    if "arguments" not in faulty and form.arguments.strip():
        assert read.expand("arguments") == '"' + meant(form.arguments).replace('"', '""') + '"'
    if "inputs" not in faulty and any(map(str.strip, form.inputs)):
        assert read.expand("transfer_input_files").split(", ") == [meant(f) for f in form.inputs if f.strip()]
    for name in ("cpus", "memory"):
        if getattr(form, name) is not None:
            assert read[f"request_{name}"] == str(getattr(form, name))


@given(forms)
def test_a_form_without_faults_is_read_back_from_its_description(form):
    if not check(form):
        text = describe(form)
        assert not description.faults(text)
        assert describe(parse(text)) == text


@given(
    st.text(max_size=200) | st.lists(st.sampled_from([*HOSTILE, "executable = a", "queue 3", "+X = 1"])).map("\n".join)
)
def test_any_text_is_read_or_refused_in_a_sentence(text):
    description.faults(text)
    try:
        form = parse(text)
    except Problem:
        return
    assert check(form) or parse(describe(form, onto=text)) == form


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        (Form(), "executable", "which program"),
        (Form("a\nqueue 5"), "executable", "line break"),
        (Form('a"b'), "executable", "double quote"),
        (Form("a\\"), "executable", "backslash"),
        (Form("a", arguments="it's"), "arguments", "single quote"),
        (Form("a", arguments="$$(Memory)"), "arguments", "macro"),
        (Form("a", inputs=("a,b",)), "inputs", "comma"),
        (Form("a", memory=-1), "memory", "-1 is not possible"),
        (Form("a", cpus=0), "cpus", "at least"),
        (Form("a", count=0), "count", "at least"),
        (Form("a", count=None), "count", "how many"),
    ],
)
def test_faults_are_told_at_their_field(form, field, words):
    (fault,) = check(form)
    assert fault.field == field
    assert words.lower() in fault.sentence.lower()


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("", "description", "empty"),
        ("executable = a\n", "description", "no queue"),
        ("executable = a\nhello\nqueue", "description", "Line 2"),
        ("arguments = x\nqueue", "executable", "no executable"),
        ("executable = a\nqueue -3", "count", "submits nothing"),
        ("executable = a\nqueue many", "count", "how many"),
        ("executable = a\nrequest_memory = -1\nqueue", "memory", "above zero"),
        ('executable = a\narguments = "a b\nqueue', "arguments", "double quotes"),
        ('executable = a\narguments = "it\'s"\nqueue', "arguments", "single quote"),
        ("executable = a\nqueue 2\nexecutable = b\nqueue 3", "description", "Line 3"),
        ("executable = a\x00\nqueue", "description", "control character"),
    ],
)
def test_faults_of_a_text(text, field, words):
    assert any(fault.field == field and words in fault.sentence for fault in description.faults(text))


@pytest.mark.parametrize(
    "queue", ["queue f in (a, b)", "queue f from (\n a\n b\n)", "queue f matching files *.root", "queue"]
)
def test_good_descriptions_have_no_faults(queue):
    assert description.faults(f"# mine\nexecutable = a\n+Foo = 1\nif true\n  x = 1\nendif\n{queue}\n") == []


@pytest.mark.parametrize(
    "line", ['+JobFlavour = "longlunch"', "arguments = $(Item)", "request_memory = 2 * 1024", "x = 1", "foo"]
)
def test_a_description_beyond_the_form_says_which_line(line):
    with pytest.raises(Problem, match=re.escape(line)):
        parse(f"executable = a\n{line}\nqueue 2")


def test_changing_the_form_keeps_comments_and_spelling():
    text = "# selection\nExecutable = sel.sh\nRequest_Memory = 2 GB\n# end\nqueue 4\n"
    form = parse(text)
    assert (form.executable, form.memory, form.count) == ("sel.sh", 2048, 4)
    changed = describe(
        Form("other.sh", memory=2048, cpus=None, disk=None, count=5, output="", error="", log="", transfer=False), text
    )
    assert changed == "# selection\nexecutable = other.sh\nRequest_Memory = 2 GB\n# end\nqueue 5\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("request_memory = lots", "“lots” is no amount of memory"),
        ("request_memry = 100", "did you mean “request_memory”"),
    ],
)
def test_what_htcondor_would_wait_for_in_vain_is_told(line: str, words: str) -> None:
    told = [fault.sentence for fault in description.faults(f"executable = a\n{line}\nqueue\n")]
    assert any(words in sentence for sentence in told), told
