"""A page that is closed or left ends at once; only a connection that was lost is given time to come back."""

from __future__ import annotations

from bokeh.server.server import BaseServer
from panel.io.server import WSHandler

GOING_AWAY = 1001
"""What browsers say when a page is closed, left or loaded anew (RFC 6455, 7.4.1)."""


class _Socket(WSHandler):
    """The connection of a page."""

    def on_close(self) -> None:
        if self.close_code == GOING_AWAY and self.connection is not None:
            self.connection.session.request_expiration()
        super().on_close()


def heed(server: BaseServer) -> None:
    """Have the pages of a server end when it next looks for unused ones, if their browsers said that they leave."""
    for rule in server._tornado.wildcard_router.rules:
        if rule.target is WSHandler:
            rule.target = _Socket
