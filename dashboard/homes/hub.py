"""``cygnet serve`` as a service of a JupyterHub, which says where to listen, who may look, and who may act.

All visitors see what the service's one account of HTCondor and Rucio sees, and whoever may act, acts as that account.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit
from weakref import WeakSet

import panel as pn
from bokeh.server.auth_provider import AuthProvider
from bokeh.util.token import check_token_signature, generate_secret_key, get_session_id
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from dashboard.domain.problem import Problem
from dashboard.homes import served
from dashboard.workspace import Workspace

ACT = "custom:cygnet:act"
"""Scope of the hub's users who may act; the others who may use the service look on."""

LOOK_SECONDS = 30
"""How old the hub's word may be on who may look; on who may act it is asked before every action."""

ANSWER_SECONDS = 10
"""How long the hub may take for its answer."""

SILENT = "The hub does not answer: try again in a moment."

_GIVEN = ("SERVICE_URL", "SERVICE_PREFIX", "API_URL", "API_TOKEN", "CLIENT_ID")
_OTHERS = {"bokeh-session-id", "bokeh-token"}


@dataclass(frozen=True)
class Visitor:
    """Somebody the hub has let in, and whether they may act, as it said then."""

    name: str
    acts: bool
    token: str = field(repr=False)
    login: str = field(repr=False)


class Hub(AuthProvider):
    """Asks the hub about everybody who wants a page or its WebSocket.

    Parameters
    ----------
    environ
        What the hub told its service.

    Raises
    ------
    Problem
        When the hub did not tell all, or JupyterHub is not installed here.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.name = environ["JUPYTERHUB_SERVICE_NAME"]
        if missing := [f"JUPYTERHUB_{name}" for name in _GIVEN if not environ.get(f"JUPYTERHUB_{name}")]:
            raise Problem(
                "missing",
                f"The hub does not say {', '.join(missing)}: give “{self.name}” a url in c.JupyterHub.services.",
            )
        self.prefix = environ["JUPYTERHUB_SERVICE_PREFIX"]
        url = urlsplit(environ["JUPYTERHUB_SERVICE_URL"])
        if url.scheme != "http" or not url.hostname or not url.port:
            raise Problem(
                "invalid", f"Cygnet cannot listen at {url.geturl()}: give the service a url http://host:port."
            )
        self.address, self.port = url.hostname, url.port
        try:
            from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, HubOAuthenticated
        except ImportError as error:
            sentence = f"JupyterHub is not installed beside Cygnet: run “{sys.executable} -m pip install jupyterhub”."
            raise Problem("missing", sentence) from error
        self._auth = HubOAuth.instance(cache_max_age=LOOK_SECONDS)
        self._may_act = f"{ACT}!service={self.name}"
        self._sockets: WeakSet[WebSocketHandler] = WeakSet()
        home = self.prefix

        class Login(HubOAuthenticated, RequestHandler):
            """Sends to the hub, which sends back to where one wanted to be."""

            def get(self) -> None:
                wanted = self.get_argument("next", "")
                self.request.uri = wanted if wanted.startswith(home) else home  # what JupyterHub comes back to
                self.redirect(self.get_login_url())

        class Callback(HubOAuthCallbackHandler):
            """Where the hub sends whoever has logged in."""

            async def prepare(self) -> None:
                # Asked for and kept, or JupyterHub asks in a way that holds up everybody meanwhile.
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await self.hub_auth.get_user(self, sync=False)
                except (HTTPError, TimeoutError):
                    _refuse(self, 503, SILENT)

        self._login = Login
        self.patterns = [("/oauth_callback", Callback)]
        super().__init__()

    # What bokeh asks of whoever sees to its doors

    @property
    def get_user_async(self) -> Callable[[RequestHandler], Any]:
        """Who asks for a page or its WebSocket."""
        return self._admit

    @property
    def login_url(self) -> str:
        """Address of the login, below the prefix."""
        return "/login"

    @property
    def login_handler(self) -> type[RequestHandler]:
        """Sends to the hub's login, and back."""
        return self._login

    @property
    def get_user(self) -> None:
        """Not asked: `get_user_async` is."""

    @property
    def get_login_url(self) -> None:
        """Not asked: `login_url` is."""

    @property
    def logout_url(self) -> None:
        """Whoever logs out does so at the hub."""

    @property
    def logout_handler(self) -> None:
        """Whoever logs out does so at the hub."""

    async def _admit(self, handler: Any) -> Visitor | None:
        """The visitor, when the hub lets them in; who asks for a page and is not let in is told here."""
        request, socket = handler.request, isinstance(handler, WebSocketHandler)
        # Users' servers share the hub's address: a script of theirs must not read this page with a visitor's cookie,
        # and nobody opens the session of somebody else.
        navigates = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        joins = _OTHERS & request.arguments.keys() or "Bokeh-Session-Id" in request.headers
        if not socket and (joins or not navigates):
            _refuse(handler, 403, "This page is for a browser's window, not for a script.")
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                model = await self._auth.get_user(handler, sync=False)
        except (HTTPError, TimeoutError):
            _refuse(handler, 503, SILENT)
            return None
        if model is None:
            if not socket:
                handler.redirect(f"{self.prefix}login?{urlencode({'next': request.uri})}")
            return None
        if not self._auth.check_scopes(self._auth.access_scopes, model):
            _refuse(handler, 403, f"The hub does not let {model['name']} in here: its administrators can.")
            return None
        acts = bool(self._auth.check_scopes({self._may_act}, model))
        visitor = Visitor(
            model["name"], acts, self._auth.get_token(handler) or "", self._auth.get_session_id(handler) or ""
        )
        if socket and not _own(handler, visitor):
            return None
        if socket:
            self._sockets.add(handler)
        request.visitor = visitor
        self._loop = asyncio.get_running_loop()
        return visitor

    # What the service asks

    def theirs(self, workspace: Workspace) -> Workspace:
        """The workspace of the visitor for whom a page is being made."""
        visitor: Visitor = pn.state.curdoc.session_context.request.visitor
        permit = partial(self._permit, visitor, self._loop)  # pages are made in a thread
        return workspace.acting_for(visitor.name, permit, looks_on=not visitor.acts)

    def _permit(self, visitor: Visitor, loop: asyncio.AbstractEventLoop) -> None:
        """Ask the hub whether a visitor may act now; called in a thread, before each action."""
        try:
            model = asyncio.run_coroutine_threadsafe(self._ask(visitor, use_cache=False), loop).result()
        except (HTTPError, TimeoutError) as error:
            raise Problem("denied", f"{SILENT} Nothing was done.") from error
        if model is None:
            raise Problem("denied", "You are not signed in any more, so nothing was done: reload this page.")
        if not self._auth.check_scopes({self._may_act}, model):
            sentence = f"{visitor.name} may look but not act here: the hub's administrators grant {ACT}."
            raise Problem("denied", sentence)

    async def send_away(self) -> None:
        """Close the pages of those whom the hub would not let in any more."""
        for socket in list(self._sockets):
            if socket.ws_connection is None:
                self._sockets.discard(socket)
            elif not await self._welcome(socket.request.visitor):  # type: ignore[attr-defined]  # set when admitted
                socket.close()

    async def _ask(self, visitor: Visitor, **options: bool) -> Any:
        """What the hub says of a visitor now; None when they have logged out."""
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._auth.user_for_token(visitor.token, session_id=visitor.login, sync=False, **options)

    async def _welcome(self, visitor: Visitor) -> bool:
        try:
            model = await self._ask(visitor)
        except (HTTPError, TimeoutError):
            return True  # a hub that restarts says nothing of its users
        return model is not None and bool(self._auth.check_scopes(self._auth.access_scopes, model))


def serve(workspace: Workspace, *, origins: Sequence[str] = (), ready: Callable[[str], None] = print) -> None:
    """Serve the dashboard as the hub says, until it ends the service.

    Raises
    ------
    Problem
        When the hub did not tell all, or JupyterHub is not installed here.
    OSError
        When the port is taken.
    """
    hub = Hub()
    PeriodicCallback(hub.send_away, LOOK_SECONDS * 1000).start()
    served.serve(
        workspace,
        theirs=hub.theirs,
        address=hub.address,
        port=hub.port,
        # The hub's address is not known here; a page's token and the hub's cookie are asked for anyhow.
        origins=origins or ["*"],
        ready=ready,
        prefix=hub.prefix,
        auth_provider=hub,
        extra_patterns=hub.patterns,
        cookie_secret=generate_secret_key(),
        # The page holds a copy of those that are included, where scripts can read it.
        include_headers=[],
        include_cookies=[],
    )


def _refuse(handler: RequestHandler, status: int, sentence: str) -> None:
    """Say why there is no page; a WebSocket has no words, and bokeh refuses it."""
    if isinstance(handler, WebSocketHandler):
        return
    handler.set_status(status)
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.finish(f"{sentence}\n")


def _own(handler: Any, visitor: Visitor) -> bool:
    """Whether a WebSocket asks for a session of ours, and for nobody else's than the visitor's."""
    application = handler.application
    token = handler.request.headers.get("Sec-WebSocket-Protocol", "").rpartition(",")[2].strip()
    # Anything may stand there.
    with suppress(ValueError, KeyError, TypeError, AssertionError):
        if not check_token_signature(token, application.secret_key, application.sign_sessions):
            return False
        wanted = get_session_id(token)
        sessions = [session for session in handler.application_context.sessions if session.id == wanted]
        openers = {session.document.session_context.request.visitor.name for session in sessions}
        return openers <= {visitor.name}
    return False
