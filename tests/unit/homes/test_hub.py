"""A service's doors: whom they let in, asked of a stand-in for the hub's API; the hub itself is in tests/browser."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.server.server import Server
from bokeh.util.token import generate_secret_key, get_token_payload
from jupyterhub.services.auth import HubOAuth
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application as Web
from tornado.web import RequestHandler
from tornado.websocket import WebSocketClientConnection, websocket_connect

from dashboard import cli
from dashboard.domain.problem import Problem
from dashboard.homes import hub as homes_hub
from dashboard.homes.hub import Hub, Visitor

LOOK = ["access:services!service=cygnet"]
USERS = {
    "ruth-token": {"name": "ruth", "scopes": LOOK},
    "adam-token": {"name": "adam", "scopes": [*LOOK, "custom:cygnet:act!service=cygnet"]},
    "mallory-token": {"name": "mallory", "scopes": ["custom:cygnet:act!service=other", "self"]},
}


class Users(RequestHandler):
    """What the hub says of the owner of a token."""

    known: dict[str, dict[str, Any]]

    def initialize(self, known: dict[str, dict[str, Any]]) -> None:
        self.known = known

    def get(self) -> None:
        user = self.known.get(self.request.headers["Authorization"].removeprefix("token "))
        if user is None:
            self.send_error(403)
        else:
            self.write({"kind": "user", **user})


class Service:
    """The stand-in, its users, and a page behind a `Hub`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known = dict(USERS)
        [socket] = bind_sockets(0, "127.0.0.1")
        self.api = HTTPServer(Web([("/hub/api/user", Users, {"known": self.known})]))
        self.api.add_sockets([socket])
        told = {
            "SERVICE_NAME": "cygnet",
            "SERVICE_URL": "http://127.0.0.1:10105",
            "SERVICE_PREFIX": "/services/cygnet/",
            "API_URL": f"http://127.0.0.1:{socket.getsockname()[1]}/hub/api",
            "API_TOKEN": "the service's own",
            "CLIENT_ID": "service-cygnet",
        }
        for name, value in told.items():
            monkeypatch.setenv(f"JUPYTERHUB_{name}", value)
        self.hub = Hub()
        self.server = Server(
            {"/": Application(FunctionHandler(lambda _document: None))},
            port=0,
            address="127.0.0.1",
            prefix=self.hub.prefix,
            auth_provider=self.hub,
            sign_sessions=True,
            secret_key=generate_secret_key(),
            cookie_secret=generate_secret_key(),
            include_headers=[],
            include_cookies=[],
            allow_websocket_origin=["*"],
        )
        self.server.start()
        self.address = f"127.0.0.1:{self.server.port}/services/cygnet"

    async def ask(self, user: str = "", query: str = "", **headers: str) -> HTTPResponse:
        """Ask for the page."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if user:
            named["Authorization"] = f"token {user}-token"
        return await AsyncHTTPClient().fetch(
            f"http://{self.address}/{query}", headers=named, follow_redirects=False, raise_error=False
        )

    async def token(self, user: str) -> str:
        """Token of a page opened for a user."""
        page = (await self.ask(user)).body.decode()
        return str(re.search(r'"token":"([^"]+)"', page)[1])  # type: ignore[index]

    async def connect(self, user: str, token: str) -> WebSocketClientConnection:
        """Open the WebSocket of a page."""
        request = HTTPRequest(f"ws://{self.address}/ws", headers={"Authorization": f"token {user}-token"})
        return await websocket_connect(request, subprotocols=["bokeh", token])

    def forget(self) -> None:
        """Have what the hub said before be too old."""
        self.hub._auth.cache.clear()


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    HubOAuth.clear_instance()
    service = Service(monkeypatch)
    yield service
    service.server.stop()
    service.server._http.stop()
    service.api.stop()
    HubOAuth.clear_instance()


async def test_only_those_are_let_in_whom_the_hub_lets_in(service: Service) -> None:
    assert (await service.ask("ruth")).code == 200
    assert (await service.ask("adam")).code == 200
    for answer in (await service.ask(), await service.ask("nobody"), await service.ask(Cookie="service-cygnet=forged")):
        assert answer.code == 302
        assert answer.headers["Location"] == "/services/cygnet/login?next=%2Fservices%2Fcygnet%2F"
        assert b"token" not in answer.body
    refused = await service.ask("mallory")
    assert (refused.code, refused.body) == (
        403,
        b"The hub does not let mallory in here: its administrators can.\n",
    )


async def test_scripts_and_other_peoples_sessions_are_refused(service: Service) -> None:
    assert (await service.ask("adam", Sec_Fetch_Mode="cors")).code == 403
    assert (await service.ask("adam", Sec_Fetch_Mode="no-cors")).code == 403
    assert (await service.ask("adam", Sec_Fetch_Mode="navigate")).code == 200
    token = await service.token("adam")
    assert (await service.ask("ruth", f"?bokeh-token={token}")).code == 403
    assert (await service.ask("ruth", "?bokeh-session-id=x")).code == 403
    assert (await service.ask("ruth", Bokeh_Session_Id="x")).code == 403


async def test_a_page_holds_no_copy_of_the_cookies(service: Service) -> None:
    payload = get_token_payload(await service.token("adam"))
    assert (payload["cookies"], payload["headers"]) == ({}, {})


@pytest.mark.parametrize("user", ["ruth", "mallory", "nobody"])
async def test_a_websocket_is_for_whom_the_page_was_made(service: Service, user: str) -> None:
    token = await service.token("adam")
    (await service.connect("adam", token)).close()
    for wrong in (token, f"{token}x", "e30.x", ".", "é"):
        with pytest.raises(Exception, match="HTTP 403"):
            await service.connect(user, wrong)
    with pytest.raises(Exception, match="HTTP 403"):
        await service.connect("adam", f"{token}x")


async def test_whom_the_hub_would_not_let_in_any_more_is_sent_away(service: Service) -> None:
    socket = await service.connect("ruth", await service.token("ruth"))
    assert await socket.read_message()  # bokeh's greeting
    await service.hub.send_away()
    service.forget()
    service.known["ruth-token"] = {"name": "ruth", "scopes": ["self"]}
    await service.hub.send_away()
    async with asyncio.timeout(20):
        while await socket.read_message() is not None:
            pass
    await service.hub.send_away()
    socket.close()


async def test_a_hub_that_is_silent_sends_nobody_away_and_lets_nobody_in(service: Service) -> None:
    socket = await service.connect("ruth", await service.token("ruth"))
    service.api.stop()
    await service.api.close_all_connections()
    service.forget()
    await service.hub.send_away()
    assert await socket.read_message()
    assert (await service.ask("ruth")).code == 503
    socket.close()


async def test_to_act_the_hub_is_asked_each_time(service: Service) -> None:
    loop = asyncio.get_running_loop()

    def permit(user: str) -> str:
        try:
            service.hub._permit(Visitor(user, True, f"{user}-token", ""), loop)
        except Problem as problem:
            return problem.sentence
        return ""

    assert await asyncio.to_thread(permit, "adam") == ""
    assert "ruth may look but not act here" in await asyncio.to_thread(permit, "ruth")
    assert "mallory may look but not act here" in await asyncio.to_thread(permit, "mallory")
    del service.known["adam-token"]
    assert "not signed in any more" in await asyncio.to_thread(permit, "adam")
    service.api.stop()
    await service.api.close_all_connections()
    assert "The hub does not answer" in await asyncio.to_thread(permit, "adam")


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("/services/cygnet/?page=jobs", "/services/cygnet/?page=jobs"),
        ("https://elsewhere.example/services/cygnet/", "/services/cygnet/"),
        ("//elsewhere.example", "/services/cygnet/"),
    ],
)
async def test_the_login_comes_back_to_where_one_wanted_to_be(service: Service, wanted: str, shown: str) -> None:
    answer = await service.ask(query=f"login?next={wanted}")
    login = urlsplit(answer.headers["Location"])
    assert login.path == "/hub/api/oauth2/authorize"
    asked = dict(parse_qsl(login.query))
    assert asked["redirect_uri"].endswith("/oauth_callback")
    assert service.hub._auth.get_next_url(asked["state"]) == shown


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    HubOAuth.clear_instance()
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "x")
    names = {f"JUPYTERHUB_{name}": "x" for name in ("API_URL", "API_TOKEN", "CLIENT_ID")}
    yield {
        "JUPYTERHUB_SERVICE_NAME": "cygnet",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/cygnet/",
        "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:10105",
        **names,
    }
    HubOAuth.clear_instance()


def test_where_to_listen_is_what_the_hub_says(told: dict[str, str]) -> None:
    hub = Hub(told)
    assert (hub.address, hub.port, hub.prefix) == ("127.0.0.1", 10105, "/services/cygnet/")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "does not say JUPYTERHUB_SERVICE_URL: give “cygnet” a url"),
        ("https://127.0.0.1:1", "cannot listen at"),
        ("http://127.0.0.1", "cannot listen at"),
    ],
)
def test_what_the_hub_did_not_say_is_named(told: dict[str, str], url: str, words: str) -> None:
    with pytest.raises(Problem, match=words):
        Hub({**told, "JUPYTERHUB_SERVICE_URL": url})


def test_jupyterhub_is_asked_for_when_it_is_not_there(told: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jupyterhub.services.auth", None)
    with pytest.raises(Problem, match="-m pip install jupyterhub"):
        Hub(told)


def test_a_service_is_never_served_without_its_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setenv("JUPYTERHUB_SERVICE_NAME", "cygnet")
    monkeypatch.setattr("dashboard.workspace.connect", lambda _settings: SimpleWorkspace())
    monkeypatch.setattr(homes_hub, "serve", lambda workspace, **_options: asked.append(workspace))
    assert cli.main(["serve"]) == 0
    assert len(asked) == 1


class SimpleWorkspace(SimpleNamespace):
    """Something to close."""

    def __enter__(self) -> "SimpleWorkspace":
        return self

    def __exit__(self, *_: object) -> None:
        pass
