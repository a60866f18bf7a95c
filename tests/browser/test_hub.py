"""Cygnet under a real JupyterHub and its proxy: the service of apps/jupyterhub_config.py, and a user's own server."""

import http.client
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.sandbox import Sandbox
from dashboard.workspace import Workspace
from tests.awaiting import awaited

ROOT = Path(__file__).parents[2]
CLOSED = re.compile(r"    Traceback \(.*\n(?:      .*\n)+    tornado\.websocket\.WebSocketClosedError\n")
"""jupyter-server-proxy says so of a message that comes for a page that has just been closed."""

PATIENCE = 60_000

CONFIG = """
load_subconfig({example!r})
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{public}/lab/"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.cookie_secret_file = "secret"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {{"ruth", "adam", "mallory"}}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {home!r} + "/{{username}}"
c.Spawner.args = ["--allow-root"]
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
c.Spawner.environment = {{"CYGNET_SETTINGS": {settings!r}}}
[service] = c.JupyterHub.services
service["url"] = "http://127.0.0.1:{service}"
service["environment"]["CYGNET_SETTINGS"] = {settings!r}
service["timeout"] = 120
"""

Login = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def hub(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub that keeps the service running; its address. At its end nothing of it is left."""
    folder = tmp_path_factory.mktemp("hub")
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    ports = dict(zip(("public", "hub", "proxy", "service"), (one.getsockname()[1] for one in held), strict=True))
    for one in held:
        one.close()
    (folder / "config.py").write_text(
        CONFIG.format(
            example=str(ROOT / "apps" / "jupyterhub_config.py"),
            home=str(folder),
            settings=str(sandbox.settings_file("alice")),
            **ports,
        )
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # Debian's configurable-http-proxy finds its modules there also with a node that is not Debian's.
    environment = {**os.environ, "PATH": path, "NODE_PATH": "/usr/share/nodejs", "PYTHONPATH": str(ROOT)}
    address = f"http://127.0.0.1:{ports['public']}/lab"
    log = folder / "log"
    with log.open("w") as told:
        command = [sys.executable, "-m", "jupyterhub", "--config", "config.py"]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=told, stderr=told)

        def up() -> bool:
            assert server.poll() is None, log.read_text()
            return "JupyterHub is now running" in log.read_text()

        try:
            awaited(up, "the hub", 120)
            assert urlopen(f"{address}/hub/api", timeout=20).status == 200
            yield address
            told_of = CLOSED.sub("", log.read_text())
            assert "Traceback" not in told_of, told_of
        finally:
            everything = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
            server.terminate()
            server.wait(60)
            assert psutil.wait_procs(everything, timeout=20)[1] == []


@pytest.fixture
def login(browser: Browser, hub: str) -> Iterator[Login]:
    """Ask for a place below the hub as somebody new, and log in as a user; only the hub's own address may be asked."""
    foreign: list[str] = []
    contexts: list[BrowserContext] = []

    def login(user: str, place: str) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on(
            "request",
            lambda asked: (
                foreign.append(asked.url) if not asked.url.startswith((f"{hub}/", "data:", "blob:")) else None
            ),
        )
        page.goto(f"{hub}/{place}")
        page.wait_for_url("**/hub/login**")
        page.get_by_label("Username").fill(user)
        page.get_by_label("Password").fill("lab")
        page.get_by_role("button", name="Sign in").click()
        return page

    yield login
    for context in contexts:
        context.close()
    assert foreign == []


def websocket(hub: str, token: str, cookies: Mapping[str, str]) -> int:
    """Status of an attempt to open the service's WebSocket with a page's token: 101 when it opens."""
    host, _, path = hub.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request(
        "GET",
        f"/{path}/services/cygnet/ws",
        headers={
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
            "Sec-WebSocket-Protocol": f"bokeh, {token}",
            "Sec-Fetch-Mode": "websocket",
            "Origin": f"http://{host}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        },
    )
    status = connection.getresponse().status
    connection.close()
    return status


def cookies(page: Page) -> dict[str, str]:
    """What the browser would send to the service."""
    return {cookie["name"]: cookie["value"] for cookie in page.context.cookies(f"{page.url.partition('?')[0]}ws")}


def test_the_service_lets_in_whom_the_hub_lets_in_and_act_who_may(hub: str, login: Login, alice: Workspace) -> None:
    batch = alice.submit("executable = /bin/sleep\narguments = 600\nbatch_name = shared\nqueue 2\n").batch
    place = f"services/cygnet/?page=jobs&batch={batch}"

    def remove(page: Page, clicks: int = 1) -> None:
        page.get_by_role("button", name="Remove 2…").click()
        page.locator(".cy-action").get_by_role("button", name="Remove 2", exact=True).click(click_count=clicks)

    def removals() -> list[tuple[object, object]]:
        entries = (entry for entry in alice.audit.recent(50) if f"{batch}." in str(entry["items"]))
        return [(entry["who"], entry["counts"]) for entry in entries if entry["action"] == "remove"]

    refused = login("mallory", place)
    expect(refused.get_by_text("403")).to_be_visible()
    assert "/services/" not in refused.url.partition("?")[0]

    ruth = login("ruth", place)
    expect(ruth.get_by_text("ruth, looking on as alice")).to_be_visible(timeout=PATIENCE)
    assert ruth.url == f"{hub}/{place}"
    remove(ruth)
    expect(ruth.get_by_role("alert").get_by_text("ruth may look but not act here")).to_be_visible(timeout=PATIENCE)
    assert removals() == [("ruth as alice@htcondor", {"denied": 2})]

    adam = login("adam", place)
    expect(adam.get_by_text("adam, acting as alice")).to_be_visible(timeout=PATIENCE)
    html = adam.context.request.get(f"{hub}/services/cygnet/").text()
    token = re.search(r'"token":"([^"]+)"', html)[1]  # type: ignore[index]
    mine = cookies(adam)
    assert websocket(hub, token, mine) == 101
    assert websocket(hub, token, {}) == 403
    assert websocket(hub, token, {name: f"{value[:-4]}AAAA" for name, value in mine.items()}) == 403
    assert websocket(hub, token, cookies(ruth)) == 403  # the hub knows her; the session is his
    assert websocket(hub, f"{token[:-4]}AAAA", mine) == websocket(hub, "forged", mine) == 403
    asked = adam.evaluate("fetch('./').then(answer => answer.status)")
    assert asked == 403  # a script that runs at the hub's address, as those of users' servers do

    remove(adam, clicks=2)
    expect(adam.get_by_text("Remove: 2 done.")).to_be_visible(timeout=PATIENCE)
    frame = alice.jobs.frame
    awaited(lambda: set(frame()[frame()["batch"] == batch]["state"]) == {"removed"}, "the removal")
    expect(ruth.get_by_text("2 removed").first).to_be_visible(timeout=PATIENCE)  # she watches it live
    assert removals() == [("adam as alice@htcondor", {"done": 2}), ("ruth as alice@htcondor", {"denied": 2})]

    adam.context.request.get(f"{hub}/hub/logout")
    adam.get_by_role("navigation").get_by_role("link", name="Submit").click()
    adam.get_by_label("Executable").fill("/bin/true")
    adam.get_by_role("button", name="Submit 1 job").click()
    expect(adam.get_by_text("You are not signed in any more, so nothing was done")).to_be_visible(timeout=PATIENCE)


def test_a_users_own_server_has_the_card(login: Login) -> None:
    page = login("adam", "hub/spawn")
    page.wait_for_url("**/user/adam/lab**", timeout=120_000)
    page.locator(".jp-LauncherCard", has_text="Cygnet").click()
    frame = page.frame_locator("iframe[src*=cygnet]")
    expect(frame.get_by_text("HTCondor ok")).to_be_visible(timeout=PATIENCE)
    stranger = login("mallory", "user/adam/cygnet/")
    expect(stranger.get_by_text("403")).to_be_visible()
