"""The switch between light and dark, remembered by the browser."""

from typing import ClassVar

import param
from panel.custom import JSComponent

from dashboard.resources import resource
from dashboard.views.design import THEME

_BUTTON = """
button {
  font: inherit; min-height: 32px; padding: 5px 11px; cursor: pointer; color: var(--cy-ink);
  background: var(--cy-card); border: 1px solid var(--cy-line); border-radius: 6px;
}
button:hover { background: var(--cy-hover); }
"""


class Appearance(JSComponent):
    """Button that switches the colours at once, in the browser; Python hears of it to redraw the plots."""

    dark = param.Boolean(
        default=None, allow_None=True, doc="Whether the page is dark. Set by the browser, first when it has drawn."
    )

    _esm = resource("assets/appearance.js")
    _stylesheets: ClassVar[list[str]] = [THEME, _BUTTON]
