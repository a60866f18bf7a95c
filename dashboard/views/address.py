"""The browser's address, both ways, and its sign of life, where no server of Panel's tells them."""

import param
from panel.custom import JSComponent

from dashboard.resources import resource


class Address(JSComponent):
    """Unseen component; its first beat says that the browser has drawn it."""

    asked = param.Dict(default={}, doc="What the address asks for: name to text. Set by the browser: check it.")
    shown = param.Dict(default={}, doc="What the address is to say, name to text; an empty text leaves a name out.")
    beats = param.Integer(default=0, doc="Grows when the browser has drawn, then every 20 seconds. Set by the browser.")
    gone = param.Boolean(default=False, doc="Whether what was shown is given up: a browser that is back loads anew.")

    _esm = resource("assets/address.js")
