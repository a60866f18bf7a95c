"""The wheel, installed in a clean environment, serves from any folder."""

import re
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

ROOT = Path(__file__).parents[2]
QUIET = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True)
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a clean environment in which only the wheel, and what it asks for, is installed."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, *QUIET, str(wheel)], check=True)
    return python


@pytest.fixture
def address(python: Path, tmp_path: Path) -> Iterator[str]:
    """Where ``cygnet serve``, started in another folder, says it is."""
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[state]\nfolder = "{tmp_path}"\n')
    command = [python.with_name("cygnet"), "serve", "--settings", settings, "--port", "0", "--no-browser"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"it said “{line}” only"
        yield found[0]
        server.terminate()
        assert server.wait(30) == 0


def fetched(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as answer:
        body: bytes = answer.read()
    return body


def test_everything_beside_the_code_travels_in_it(wheel: Path) -> None:
    packed = {name.removeprefix("dashboard/_") for name in zipfile.ZipFile(wheel).namelist()}
    files = [file for folder in ("apps", "assets") for file in (ROOT / folder).rglob("*") if file.is_file()]
    wanted = {str(file.relative_to(ROOT)) for file in files if "__pycache__" not in file.parts}
    assert wanted <= packed
    assert any(name.endswith("licenses/LICENSE") for name in packed)
    assert any(name.endswith("share/jupyter/voila/templates/cygnet/index.html.j2") for name in packed)


@pytest.mark.timeout(900)
def test_it_serves_from_any_folder(address: str) -> None:
    page = fetched(address).decode()
    assert "<title>Cygnet</title>" in page
    script = re.search(r'src="([^"]+\.js[^"]*)"', page)
    assert script, page
    assert len(fetched(urljoin(address, script[1]))) > 1000


@pytest.mark.timeout(900)
def test_it_finds_its_own_files_and_those_of_no_checkout(python: Path, tmp_path: Path) -> None:
    code = "from dashboard.resources import resource; print(*map(resource, ['assets/theme.css', 'apps/dashboard.py']))"
    told = subprocess.run([python, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split()
    assert len(told) == 2
    assert all("site-packages" in path for path in told)
