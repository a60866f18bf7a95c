"""Cygnet's chrome as a view: header, navigation and main, where no template of ours is around the page."""

from base64 import b64encode

import panel as pn
from panel.viewable import Viewer

from dashboard.resources import resource
from dashboard.views.shell import Shell
from dashboard.views.stack import Stack
from dashboard.views.words import Words

_CSS = resource("assets/frame.css").read_text(encoding="utf-8")


class Frame(Viewer):
    """All pages of a shell as the served page shows them."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        logo = b64encode(resource("assets/logo.svg").read_bytes()).decode()
        mark = Words(
            f'<div class="cy-frame-logo"><img src="data:image/svg+xml;base64,{logo}" alt="" width="24" height="24">'
            "<span><b>Cyg</b>net</span></div>",
            stylesheets=[_CSS],
            margin=0,
        )
        health = Stack(shell.health, css_classes=["cy-frame-health"], margin=0)
        head = (mark, health, shell.identity, shell.appearance)
        for part in head:
            part.align = "center"
        self._layout = Stack(
            pn.Row(*head, **_place("head")),
            Stack(shell.nav, **_place("nav")),
            Stack(shell.main, **_place("main")),
            css_classes=["cy-frame"],
            stylesheets=[_CSS],
            sizing_mode="stretch_width",
            margin=0,
        )

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout


def _place(name: str) -> dict[str, object]:
    return {"css_classes": [f"cy-frame-{name}"], "stylesheets": [_CSS], "margin": 0, "sizing_mode": "stretch_width"}
