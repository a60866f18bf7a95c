"""The submit form: what it holds, the description it stands for, and what is wrong with it before it is submitted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from dashboard.domain import description
from dashboard.domain.description import Fault
from dashboard.domain.problem import Problem


@dataclass(frozen=True)
class Form:
    """What a person fills in. Texts may hold the macros in `MACROS`; any other macro is taken for plain text.

    Attributes
    ----------
    executable
        Program each job runs; relative names are below the initial directory.
    arguments
        Words parted by blanks; single quotes group, ``''`` in a group is a quote, a double quote is itself.
    inputs, outputs
        Files sent to the job and brought back.
    cpus, memory, disk
        Asked for each job; memory and disk in MiB; None leaves it to the pool.
    count
        Number of jobs.
    batch_name
        What the batch is called; empty: HTCondor's own name for it.
    output, error, log
        Where standard output, standard error and HTCondor's log of each job go.
    transfer
        Run in a scratch folder, files sent there and back; otherwise in the initial directory, on a shared disk.
    """

    executable: str = ""
    arguments: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    cpus: int | None = 1
    memory: int | None = 1024
    disk: int | None = 1024
    count: int | None = 1
    batch_name: str = ""
    output: str = "job.$(ClusterId).$(ProcId).out"
    error: str = "job.$(ClusterId).$(ProcId).err"
    log: str = "job.$(ClusterId).log"
    transfer: bool = True


MACROS = ("ClusterId", "Cluster", "ProcId", "Process", "Step")
"""Macros that may be typed into the form: ``$(ProcId)`` is the number of each job."""

_NAMES = {
    "executable": "executable",
    "arguments": "arguments",
    "inputs": "input files",
    "outputs": "output files",
    "cpus": "CPUs",
    "memory": "memory",
    "disk": "disk",
    "count": "number of jobs",
    "batch_name": "batch name",
    "output": "standard output",
    "error": "standard error",
    "log": "log",
}
_KEYS = {
    "executable": "executable",
    "arguments": "arguments",
    "inputs": "transfer_input_files",
    "outputs": "transfer_output_files",
    "cpus": "request_cpus",
    "memory": "request_memory",
    "disk": "request_disk",
    "batch_name": "batch_name",
    "output": "output",
    "error": "error",
    "log": "log",
}
_TRANSFER = {"should_transfer_files": "YES", "when_to_transfer_output": "ON_EXIT"}
_KIB = {"": 1, "K": 1, "M": 1024, "G": 1024**2, "T": 1024**3}
_MACRO = re.compile(rf"(?<!\$)\$\((?:{'|'.join(MACROS)})\)|(?<!\$)\$(?=\w*\()", re.IGNORECASE | re.ASCII)
_DOLLAR = re.compile(r"\$\(DOLLAR\)", re.IGNORECASE)
_BREAK = re.compile(r"[\x00-\x1f\x7f]+")


def describe(form: Form, onto: str = "") -> str:
    """Submit description of a form.

    Whatever is typed stays the value of its own command: line ends become blanks, a backslash that would swallow the
    next line is cut, macros that are not meant are escaped.

    Parameters
    ----------
    onto
        A description to change: lines that say the same stay as they are written, comments too.
    """
    wanted = _commands(form)
    kept: list[str] = []
    for line in description.lines(onto):
        if line.kind == "queue":
            break
        if line.kind != "command" or line.key not in _SHOWN:
            kept.append(line.raw)
        elif line.key in wanted:
            value = wanted.pop(line.key)
            same = _meaning(line.key, value) == _meaning(line.key, line.value)
            kept.append(line.raw if same else f"{line.key} = {value}")
    while kept and not kept[-1].strip():
        kept.pop()
    added = [f"{key} = {value}" for key, value in wanted.items()]
    jobs = form.count if form.count is not None else ""
    return "\n".join([*kept, *added, f"queue {jobs}".rstrip()]) + "\n"


def parse(text: str) -> Form:
    """Form of a description that says no more than a form can.

    Raises
    ------
    Problem
        ``invalid``, naming the first line that goes beyond the form.
    """
    found: dict[str, str] = {}
    for line in description.lines(text):
        if line.kind == "blank":
            continue
        if line.kind == "queue" and description.count(text) is not None and "count" not in found:
            found["count"] = line.value or "1"
        elif line.kind == "command" and line.key in _SHOWN and "count" not in found:
            found[line.key] = line.value
        elif (line.key, line.value.lower()) != ("universe", "vanilla"):
            raise _beyond(line.raw)
    form = glimpse(text)
    said = _commands(form)
    for key, value in found.items():
        if key != "count" and _meaning(key, value) != _meaning(key, said.get(key, "")):
            raise _beyond(f"{key} = {value}")
    return form


def glimpse(text: str) -> Form:
    """What a form can show of any description; what it cannot is left out."""
    found = {key: value for key, value in description.commands(text).items() if key in _SHOWN}
    return _form(found, description.count(text))


def check(form: Form) -> list[Fault]:
    """Everything in the form that HTCondor would refuse or misread, in the order of the fields."""
    return [Fault(field.name, sentence) for field in fields(form) for sentence in _wrong(field.name, form)]


def _wrong(name: str, form: Form) -> Iterator[str]:
    value = getattr(form, name)
    if name == "executable" and not value.strip():
        yield "Say which program each job runs."
    if name == "count" and value is None:
        yield "Say how many jobs."
    if isinstance(value, int) and not isinstance(value, bool) and value < 1:
        yield f"{value} is not possible for {_NAMES[name]}: ask for 1 at least."
    for text in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
        if sentence := _wrong_text(name, text):
            yield sentence
            return


def _wrong_text(name: str, text: str) -> str:
    said = f"The {_NAMES[name]}"
    if _BREAK.search(text.strip()):
        return f"{said} holds a line break or control character, which could start another command: write one line."
    if name != "arguments" and '"' in text:
        return f"{said} holds a double quote, which HTCondor does not accept there: take it out."
    if name != "arguments" and text.rstrip().endswith("\\"):
        return f"{said} ends in a backslash, which would swallow the next line: take it off."
    if name == "arguments" and not description.single_quotes_balance(text):
        return "A single quote is not closed: close it, or write '' inside single quotes for a quote itself."
    if name in ("inputs", "outputs") and "," in text:
        return f"“{text}”: a comma parts two files, HTCondor cannot handle one in a name."
    if re.search(r"\$\$\w*\(", text, re.ASCII) or _DOLLAR.search(text):
        return f"{said} holds a macro that HTCondor fills in later: write it in the description, where it is meant."
    return ""


def _commands(form: Form) -> dict[str, str]:
    """Commands of a form; a field left empty has none."""
    values: dict[str, str] = {}
    for name, key in _KEYS.items():
        value = getattr(form, name)
        if isinstance(value, tuple):
            text = ", ".join(item for item in map(_plain, value) if item)
        elif isinstance(value, str):
            text = _plain(value, arguments=name == "arguments")
        else:
            text = "" if value is None else f"{value}MB" if name == "disk" else str(value)
        if text:
            values[key] = text
    return values | (_TRANSFER if form.transfer else {})


_SHOWN = {*_KEYS.values(), *_TRANSFER}


def _plain(typed: str, *, arguments: bool = False) -> str:
    """Text as a value that means itself."""
    text = _BREAK.sub(" ", typed).strip()
    text = _MACRO.sub(lambda match: "$(DOLLAR)" if match[0] == "$" else match[0], text)
    if arguments:
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if text else ""
    return text.rstrip("\\ ")


def _form(found: Mapping[str, str], count: int | None) -> Form:
    def text(key: str) -> str:
        return _DOLLAR.sub("$", found.get(key, ""))

    def files(key: str) -> tuple[str, ...]:
        return tuple(name for name in map(str.strip, text(key).split(",")) if name)

    def number(key: str) -> int | None:
        meaning = _meaning(key, found.get(key, ""))
        if not isinstance(meaning, int):
            return None
        return meaning // 1024 if key in ("request_memory", "request_disk") else meaning

    written = text("arguments")
    quoted = len(written) > 1 and written[0] == written[-1] == '"'
    return Form(
        executable=text("executable"),
        arguments=written[1:-1].replace('""', '"').strip() if quoted else written,
        inputs=files("transfer_input_files"),
        outputs=files("transfer_output_files"),
        cpus=number("request_cpus"),
        memory=number("request_memory"),
        disk=number("request_disk"),
        count=count,
        batch_name=text("batch_name"),
        output=text("output"),
        error=text("error"),
        log=text("log"),
        transfer=_TRANSFER.keys() <= found.keys(),
    )


def _meaning(key: str, value: str) -> object:
    """Value in a form in which two spellings of the same thing are equal; sizes in KiB."""
    if key == "arguments" and not value.startswith('"') and not re.search(r"[\"'\\]", value):
        value = f'"{value}"' if value else ""
    if key == "arguments":
        return re.sub(r"\s+", " ", value) if "'" not in value else value
    if key in ("transfer_input_files", "transfer_output_files"):
        return [name for name in map(str.strip, value.split(",")) if name]
    if key in _TRANSFER:
        return value.upper()
    if key == "request_cpus":
        return int(value) if re.fullmatch(r"-?\d+", value, re.ASCII) else value
    if key in ("request_memory", "request_disk"):
        match = re.fullmatch(r"(-?\d+)\s*([KMGT]?)(?:i?B)?", value, re.ASCII | re.IGNORECASE)
        if not match:
            return value
        bare = 1024 if key == "request_memory" and not match[2] else _KIB[match[2].upper()]
        return int(match[1]) * bare
    return value


def _beyond(line: str) -> Problem:
    first = line.strip().split("\n")[0]
    return Problem("invalid", f"“{first}” says more than the form can show: the description counts as it is written.")
