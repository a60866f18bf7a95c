import re
from itertools import product

import pytest

from dashboard.domain.palette import ACCENT, CARD, INK, LINE, MUTE, STATE_COLOURS
from dashboard.resources import resource

THEME = resource("assets/theme.css").read_text(encoding="utf-8")
VARIABLES = dict(re.findall(r"--cy-([\w-]+): light-dark\(([^)]+)\)", THEME))


def variable(name: str) -> tuple[str, str]:
    light, dark = VARIABLES[name].split(", ")
    return light, dark


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_stylesheet_and_plots_share_one_palette():
    assert {state: variable(state) for state in STATE_COLOURS} == {s: tuple(c) for s, c in STATE_COLOURS.items()}
    named = {"ink": INK, "mute": MUTE, "line": LINE, "card": CARD, "accent": ACCENT}
    assert {name: variable(name) for name in named} == {name: tuple(colour) for name, colour in named.items()}


def test_every_state_has_a_class():
    for state in STATE_COLOURS:
        assert f".cy-is-{state} {{ background: var(--cy-{state}); }}" in THEME


SURFACES = ("bg", "card", "hover")
PAIRS = [
    *product(("ink", "mute", "accent", "danger"), SURFACES),
    *product(("ink", "mute"), ("warn-bg", "bad-bg", "good-bg", "info-bg")),
    ("on-accent", "accent"),
]


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable(text, ground, mode):
    assert contrast(variable(text)[mode], variable(ground)[mode]) >= 4.5


def test_stylesheets_ask_no_other_host():
    for name in ("theme", "widgets", "table", "nav", "page"):
        assert "//" not in resource(f"assets/{name}.css").read_text(encoding="utf-8")
