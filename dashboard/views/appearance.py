"""Light or dark, and the switch between them: chosen in this browser, or as JupyterLab or the system is."""

from typing import ClassVar

import param

from dashboard.resources import resource
from dashboard.views.component import Component
from dashboard.views.design import THEME

COLOURS = resource("assets/voila/colours.js").read_text(encoding="utf-8")
"""JavaScript that knows whether a page is to be dark, for the head of our own pages too: ``isDark``."""

_BUTTON = """
button {
  font: inherit; min-height: 32px; padding: 5px 11px; cursor: pointer; color: var(--cy-ink);
  background: var(--cy-card); border: 1px solid var(--cy-line); border-radius: 6px;
}
button:hover { background: var(--cy-hover); }
"""


class Appearance(Component):
    """Button that switches the colours at once, in the browser; Python hears of it to redraw the plots."""

    dark = param.Boolean(
        default=None, allow_None=True, doc="Whether the page is dark. Set by the browser, first when it has drawn."
    )

    _esm = COLOURS + resource("assets/appearance.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [THEME, _BUTTON]
