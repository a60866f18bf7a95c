"""A submit description as text: its lines, its commands, and what is wrong with it before HTCondor sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Literal, NamedTuple

_COMMAND = re.compile(r"(\+?[A-Za-z_][\w.]*)\s*=(.*)", re.ASCII | re.DOTALL)
_BLOCK = re.compile(r"([A-Za-z_][\w.]*)\s*@=\s*(\w+)", re.ASCII)
_QUEUE = re.compile(r"queue(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_STATEMENT = re.compile(r"(?:if|elif)\b|(?:else|endif)$|(?:include|use|warning|error)\b.*:", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBERS = {"request_cpus": "CPUs", "request_memory": "memory", "request_disk": "disk", "request_gpus": "GPUs"}

Kind = Literal["blank", "command", "queue", "items", "statement", "odd"]


class Fault(NamedTuple):
    """What is wrong: the field of the form it is in (``description`` for the text as a whole), and a sentence."""

    field: str
    sentence: str


class Line(NamedTuple):
    """One logical line: continued lines are one.

    Attributes
    ----------
    number
        Number of its first line in the text, from 1.
    raw
        The text as written, without the last line end.
    kind
        ``items`` are the lines after ``queue … (``; ``statement`` is an if, include, use or a multi-line value.
    key
        The command in lower case; ``+Name`` is ``my.name``.
    value
        What stands behind the equals sign, or behind ``queue``.
    """

    number: int
    raw: str
    kind: Kind
    key: str = ""
    value: str = ""


def lines(text: str) -> list[Line]:
    """Logical lines of a description, as HTCondor joins and reads them."""
    read: list[Line] = []
    rest = iter(enumerate(text.replace("\r\n", "\n").split("\n"), start=1))
    for number, raw in rest:
        joined = raw.strip()
        if not joined.startswith("#"):
            while joined.endswith("\\") and (following := next(rest, None)):
                raw += "\n" + following[1]
                joined = joined[:-1] + following[1].strip()
        read.append(_line(number, raw, joined))
        if read[-1].kind == "queue" and read[-1].value.endswith("("):
            read += _until(rest, ")", "items")
        elif block := _BLOCK.fullmatch(joined):
            read += _until(rest, f"@{block[2]}", "statement")
    return read


def commands(text: str) -> dict[str, str]:
    """Commands before the first queue statement, in lower case, and their values; the last one counts."""
    found: dict[str, str] = {}
    for line in lines(text):
        if line.kind == "queue":
            break
        if line.kind == "command":
            found[line.key] = line.value
    return found


def program(text: str) -> str:
    """The program that is sent with the jobs, so it must be here; empty where none is, or where a macro names it."""
    found = commands(text)
    name = found.get("executable", "")
    sent = found.get("transfer_executable", "").lower() not in ("false", "no", "0")
    in_image = "docker_image" in found or "container_image" in found
    return name if sent and not in_image and "$" not in name and "://" not in name else ""


def queue(text: str) -> str | None:
    """What stands behind the first ``queue``; None when there is no such statement."""
    return next((line.value for line in lines(text) if line.kind == "queue"), None)


def count(text: str) -> int | None:
    """Number of jobs the description asks for; None when that depends on a list or is not a number."""
    value = queue(text)
    return 1 if value == "" else int(value) if value and value.isascii() and value.isdecimal() else None


def faults(text: str) -> list[Fault]:
    """Everything that would make HTCondor refuse the description, or read it otherwise than it looks."""
    return [*_shape(text), *_values(commands(text))]


def single_quotes_balance(arguments: str) -> bool:
    """Whether the single quotes that group words are closed (``''`` inside a group is a quote itself)."""
    return arguments.count("'") % 2 == 0


def _line(number: int, raw: str, joined: str) -> Line:
    if not joined or joined.startswith("#"):
        return Line(number, raw, "blank")
    if (match := _QUEUE.fullmatch(joined)) and not (match[1] or "").startswith("="):
        return Line(number, raw, "queue", value=(match[1] or "").strip())
    if match := _COMMAND.fullmatch(joined):
        key = match[1].lower()
        return Line(number, raw, "command", key.replace("+", "my.", 1) if key[0] == "+" else key, match[2].strip())
    if _STATEMENT.match(joined) or _BLOCK.fullmatch(joined):
        return Line(number, raw, "statement")
    return Line(number, raw, "odd", value=joined)


def _until(rest: Iterator[tuple[int, str]], end: str, kind: Kind) -> Iterator[Line]:
    for number, raw in rest:
        yield Line(number, raw, kind)
        if raw.strip() == end:
            return


def _shape(text: str) -> Iterator[Fault]:
    read = lines(text)
    if all(line.kind == "blank" for line in read):
        yield Fault("description", "The submit description is empty: fill in the form, or paste one.")
        return
    if match := _CONTROL.search(text.replace("\r\n", "\n").replace("\t", " ")):
        number = text.count("\n", 0, match.start()) + 1
        yield Fault("description", f"Line {number} holds a control character that HTCondor would misread: delete it.")
    for line in read:
        if line.kind == "odd":
            yield Fault("description", f"Line {line.number}: “{line.value}” is not of the form “name = value”.")
    queues = [line for line in read if line.kind == "queue"]
    if not queues:
        yield Fault("description", "There is no queue statement: end the description with “queue” or “queue 20”.")
        return
    after = read[read.index(queues[0]) + 1 :]
    if ignored := next((line for line in after if line.kind not in ("blank", "items")), None):
        yield Fault(
            "description",
            f"Line {ignored.number} comes after the queue statement, and HTCondor would ignore it: "
            "move it up, or submit it on its own.",
        )
    if re.fullmatch(r"[-+]?\d+", queues[0].value, re.ASCII) and int(queues[0].value) < 1:
        yield Fault("count", f"“queue {queues[0].value}” submits nothing: ask for one job at least.")
    elif re.fullmatch(r"\S+", queues[0].value) and not re.fullmatch(r"\d+|\$\(.*\)", queues[0].value, re.ASCII):
        yield Fault("count", f"“queue {queues[0].value}” does not say how many jobs: write a number.")


def _values(found: dict[str, str]) -> Iterator[Fault]:
    images = ("docker_image", "container_image", "vm_type")
    if not found.get("executable") and not any(found.get(key) for key in images):
        yield Fault("executable", "There is no executable: say which program each job runs.")
    for key, name in _NUMBERS.items():
        if re.match(r"-\s*\d|0+(\.0*)?\s*[A-Za-z]*$", found.get(key, ""), re.ASCII) and key != "request_gpus":
            yield Fault(key.removeprefix("request_"), f"“{found[key]}” is no amount of {name}: it must be above zero.")
        elif re.fullmatch(r"[A-Za-z]+", found.get(key, ""), re.ASCII):
            # HTCondor would take a single word for an attribute that is not there, and no machine would match.
            yield Fault(key.removeprefix("request_"), f"“{found[key]}” is no amount of {name}: write a number.")
    for key in found:
        if key.startswith("request_") and key not in _NUMBERS and (near := get_close_matches(key, _NUMBERS, 1, 0.85)):
            yield Fault("description", f"“{key}” is nothing HTCondor knows of: did you mean “{near[0]}”?")
    written = found.get("arguments", "")
    if written.startswith('"'):
        body = written[1:-1] if len(written) > 1 and written.endswith('"') else '"'
        if '"' in body.replace('""', ""):
            yield Fault("arguments", "The double quotes in arguments do not close: write a quote inside them twice.")
        elif not single_quotes_balance(body):
            yield Fault("arguments", "A single quote in arguments is not closed: write a quote inside a group twice.")
