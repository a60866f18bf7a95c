"""Small marks as HTML for `Words`: chips, pills, bars, alerts. Every argument is text: all is escaped here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape

from dashboard.domain.palette import STATE_COLOURS

HEALTH_COLOURS: Mapping[str, str] = {"ok": "done", "part": "held", "stale": "held", "down": "failed", "off": "idle"}


def _state_class(state: str) -> str:
    """Return the class that paints `state`; a state we do not know stays grey."""
    return f" cy-is-{state}" if state in STATE_COLOURS else ""


def sub(text: str) -> str:
    """Secondary text: small and muted."""
    return f'<span class="cy-sub">{escape(text)}</span>'


def title(text: str, detail: str = "") -> str:
    """Title of a card, with a muted detail behind it."""
    return f'<span class="cy-row cy-text"><b class="cy-title">{escape(text)}</b>{sub(detail) if detail else ""}</span>'


def heading(text: str, detail: str = "") -> str:
    """Heading of a plot: what it shows, and below it what it says."""
    below = f'<div class="cy-sub">{escape(detail)}</div>' if detail else ""
    return f'<div class="cy-head">{escape(text)}</div>{below}'


def state(name: str, words: str = "") -> str:
    """Coloured mark and the state in words (`name` with a capital when no words are given)."""
    shown = escape(words or name.capitalize())
    return f'<span class="cy-state"><span class="cy-mark{_state_class(name)}" aria-hidden="true"></span>{shown}</span>'


def chip(name: str, count: int, words: str = "") -> str:
    """One state and how many are in it."""
    shown = escape(words or name.capitalize())
    mark = f'<span class="cy-mark{_state_class(name)}" aria-hidden="true"></span>'
    return f'<span class="cy-chip">{mark}{shown} <b>{count:,}</b></span>'


def chips(counts: Mapping[str, int]) -> str:
    """Row of chips in the order given, such as ``{"running": 312, "idle": 1204}``."""
    return f'<div class="cy-row">{"".join(chip(name, count) for name, count in counts.items())}</div>'


def alert(lead: str, text: str = "") -> str:
    """Text of an alert box; the box is a Row or Column with `css_classes=["cy-alert"]` (and `cy-bad|good|info`)."""
    return f'<span class="cy-text"><b>{escape(lead)}</b> {escape(text)}</span>'


def pill(colour: str, words: str, detail: str = "") -> str:
    """Coloured dot, words, and a muted detail. `colour` is a state of the palette."""
    dot = f'<span class="cy-dot{_state_class(colour)}" aria-hidden="true"></span>'
    return f'<span class="cy-pill">{dot}<span>{escape(words)}</span>{f" {sub(detail)}" if detail else ""}</span>'


def health(name: str, condition: str, words: str = "", as_of: datetime | None = None, every: str = "") -> str:
    """Health of one backend.

    Parameters
    ----------
    name
        What people call it: ``"HTCondor"``.
    condition
        ``ok``, ``part``, ``stale``, ``down`` or ``off``; anything else is grey.
    words
        What to say instead of the condition: ``"not answering since 14:01"``.
    as_of
        When what is shown was true, in the timezone to show; none when nothing is known yet.
    every
        How often it is asked, told instead of that time as long as its answers come.
    """
    said = words or condition
    if every:
        detail = f"asked every {every}"
    else:
        detail = "" if as_of is None else f"{'as of' if condition in ('ok', 'part') else 'showing'} {as_of:%H:%M:%S}"
    return pill(HEALTH_COLOURS.get(condition, ""), f"{name} {said}", detail)


def pills(items: Iterable[str]) -> str:
    """Row of pills made by `pill` or `health` (HTML already escaped by them)."""
    return f'<div class="cy-pills">{"".join(items)}</div>'


def bar(counts: Mapping[str, int], total: int | None = None, names: Mapping[str, str] | None = None) -> str:
    """Stacked bar of states, its numbers in words as its name; what is idle leaves it empty, as in a table.

    Parameters
    ----------
    counts
        Number per state, drawn in the order given.
    total
        What the full width stands for; the sum of the counts when not given.
    names
        What is counted in a state, when not called as the state.
    """
    whole = max(total if total is not None else 0, sum(counts.values()), 1)
    called = names or {}
    words = ", ".join(f"{count:,} {called.get(name, name)}" for name, count in counts.items() if count)
    said = escape(words or "nothing yet", quote=True)
    parts = "".join(
        f'<i class="{_state_class(name).strip()}" style="width:{100 * count / whole:.3f}%"></i>'
        for name, count in counts.items()
        if count > 0
    )
    return f'<div class="cy-bar" role="img" aria-label="{said}" title="{said}">{parts}</div>'
