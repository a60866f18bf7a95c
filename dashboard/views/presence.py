"""What a view knows of the browser: that it has drawn, its colours, and whether anybody looks."""

from typing import ClassVar

import param

from dashboard.resources import resource
from dashboard.views.address import HUSH
from dashboard.views.component import Component
from dashboard.views.design import THEME


class Door(Component):
    """The first part of a view that is drawn; what belongs behind it is sent when the browser says so."""

    drawn = param.String(default="", doc="Name of the drawn document; another one is a new page. Set by the browser.")
    answered = param.String(default="", doc="The document that has been given its content, or “stopped”.")
    dark = param.Boolean(default=False, doc="Whether JupyterLab around it is dark. Set by the browser.")

    _esm = HUSH + resource("assets/door.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [
        THEME,
        "div { color: var(--cy-mute); padding: 4px; }",
        "[hidden] { display: none; }",
    ]


class Presence(Component):
    """The last part of a view that is drawn; says whether it can be seen, again and again as long as it can."""

    seen = param.Number(default=0, doc="When the view was last seen, by the browser's clock; 0 while it is hidden.")

    _esm = resource("assets/presence.js")


class Mark(Component):
    """The last part of a page: when the browser has drawn it, the page is there."""

    drawn = param.Boolean(default=False, doc="Set by the browser.")

    _esm = """
    export function render({ model }) {
      model.on("after_render", () => (model.drawn = true))
      return document.createElement("span")
    }"""
