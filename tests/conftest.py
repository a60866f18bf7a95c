"""One real sandbox for the whole session, or a running one named by CYGNET_TEST_SANDBOX."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.sandbox import Sandbox
from dashboard.sandbox.pool import Pool


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
