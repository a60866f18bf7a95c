"""One real sandbox for the whole session, or a running one named by CYGNET_TEST_SANDBOX."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.domain.path import Mount
from dashboard.sandbox import Sandbox
from dashboard.sandbox.catalogue import Catalogue
from dashboard.sandbox.pool import Pool
from dashboard.sandbox.seed import data
from dashboard.settings import RucioSettings, Settings, load


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright keeps an event loop running in this thread from the first browser test on: asyncio's tests come before.
    items.sort(key=lambda item: "browser" in item.path.parts)


def answering(sandbox: Sandbox, engine: str) -> None:
    status = sandbox.status().engines.get(engine)
    if status is None or status.state != "ok":
        pytest.fail(status.message if status else f"The sandbox in {sandbox.folder} has no {engine}.")


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    if folder := os.environ.get("CYGNET_TEST_SANDBOX"):
        yield Sandbox(Path(folder))
        return
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    sandbox.up(tied=True)
    yield sandbox
    sandbox.down()


@pytest.fixture(scope="session")
def pool(sandbox: Sandbox) -> Pool:
    answering(sandbox, "htcondor")
    return Pool(sandbox.folder, print)


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """A Rucio server of the tests' own, so that they may stop it and make its transfers fail."""
    folder = tmp_path_factory.mktemp("catalogue")
    catalogue = Catalogue(folder, print)
    catalogue.up()
    data.seed(catalogue.settings("alice"), folder, print)
    yield catalogue
    catalogue.down()


@pytest.fixture
def settings(sandbox: Sandbox, catalogue: Catalogue, tmp_path: Path) -> Callable[[str], Settings]:
    """Settings of a user for the sandbox's pool and the tests' own Rucio server."""

    def of(user: str) -> Settings:
        table = catalogue.settings(user)
        mounts = tuple(Mount(**mount) for mount in table.pop("mounts"))
        return replace(
            load(sandbox.settings_file(user)), rucio=RucioSettings(**table, mounts=mounts), folder=tmp_path / user
        )

    return of
