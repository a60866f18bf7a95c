"""The browser's address, both ways, and its sign of life; the same in every home that has an address."""

from collections.abc import Mapping
from typing import Any

import param

from dashboard.models.session import LINKED, Session
from dashboard.resources import resource
from dashboard.views.component import Component

HUSH = resource("assets/hush.js").read_text(encoding="utf-8")
"""JavaScript to put in front of the first component of a page: ``hush``."""


class Address(Component):
    """Unseen component; its first beat says that the browser has drawn it."""

    asked = param.Dict(
        default={},
        doc="""
        What the address asks for: "places", name to text, and "number", which grows each time the person goes back or
        forward and is 0 at first. Set by the browser: check it.""",
    )
    shown = param.Dict(
        default={},
        doc="""
        What the address is to say: "places", name to text, where an empty text leaves a name out; and "answers", the
        number of what was asked for last, for the browser ignores what is overtaken.""",
    )
    beats = param.Integer(default=0, doc="Grows when the browser has drawn, then every 20 seconds. Set by the browser.")
    gone = param.Boolean(default=False, doc="Whether what was shown is given up: a browser that is back loads anew.")

    _esm = HUSH + resource("assets/address.js").read_text(encoding="utf-8")

    @property
    def places(self) -> Mapping[str, Any]:
        """What the address asks for: anything, since it comes from the browser."""
        places = self.asked.get("places")
        return places if isinstance(places, dict) else {}

    def link(self, session: Session) -> None:
        """Keep the address and a session alike, which was made with what the address asked for at first."""

        def show(*_: object) -> None:
            self.shown = {"answers": self.asked.get("number", 0), "places": session.linked}

        def follow(*_: object) -> None:
            if self.asked.get("number"):
                session.follow(self.places)
            show()

        self.param.watch(follow, "asked")
        session.param.watch(show, list(LINKED))
        show()
