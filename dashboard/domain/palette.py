"""The colours of states, once for pages and plots: Okabe–Ito, told apart by colour-blind eyes, in light and in dark."""

from typing import NamedTuple


class Colour(NamedTuple):
    """One colour in both modes, as `#rrggbb`."""

    light: str
    dark: str


# In the order in which a stacked bar is drawn. assets/theme.css carries the same values; a unit test compares them.
STATE_COLOURS: dict[str, Colour] = {
    "done": Colour("#009e73", "#22b98f"),
    "running": Colour("#0072b2", "#3f9fdc"),
    "transferring": Colour("#cc79a7", "#dc98bf"),
    "uploading": Colour("#56b4e9", "#8fd0f5"),
    "suspended": Colour("#c4b000", "#f0e442"),
    "held": Colour("#e69f00", "#f0b13a"),
    "failed": Colour("#d55e00", "#f07a3c"),
    "removed": Colour("#6d7a88", "#8896a5"),
    "idle": Colour("#b9c2cc", "#4a5663"),
}

# What text and lines are drawn in.
INK = Colour("#1b2430", "#e6ebf0")
MUTE = Colour("#5d6b7a", "#93a1b0")
LINE = Colour("#e2e6eb", "#2a333d")
CARD = Colour("#ffffff", "#1a2129")
ACCENT = Colour("#0b5fa5", "#6cb4f0")
