"""A button that puts a text on the person's clipboard."""

from collections.abc import Callable
from typing import Any, ClassVar

import param

from dashboard.resources import resource
from dashboard.views.component import Component
from dashboard.views.design import THEME

CLIPBOARD = resource("assets/clipboard.js").read_text(encoding="utf-8")
"""JavaScript to put in front of a component that copies: ``copyText``, ``copyFrom``."""

_BUTTON = """
button {
  font: inherit; min-height: 32px; padding: 5px 11px; cursor: pointer; color: var(--cy-ink); white-space: nowrap;
  background: var(--cy-card); border: 1px solid var(--cy-line); border-radius: 6px;
}
button:hover { background: var(--cy-hover); }
button[disabled] { background: var(--cy-bg); color: var(--cy-mute); cursor: not-allowed; }
"""


class CopyButton(Component):
    """Asks ``text()`` when it is pressed, and copies the answer in the browser."""

    label = param.String(default="Copy")
    disabled = param.Boolean(default=False)
    wanted = param.Integer(default=0, doc="How often it was pressed. Set by the browser.")
    answer = param.List(default=[0, ""], doc="Number of the press answered, and the text.")

    _esm = CLIPBOARD + resource("assets/copy_button.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [THEME, _BUTTON]

    def __init__(self, text: Callable[[], str], **params: Any) -> None:
        params.setdefault("margin", 0)
        super().__init__(**params)
        self.param.watch(lambda event: self.param.update(answer=[event.new, text()]), "wanted")
