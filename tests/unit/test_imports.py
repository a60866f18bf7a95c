"""The architecture, read from the imports: arrows go down only, clients stay in their workers, files stay small."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import dashboard

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "dashboard").rglob("*.py"))
FOUNDATIONS = {"domain", "settings", "resources"}
ALLOWED = {
    "domain": {"domain"},
    "settings": {"domain", "settings"},
    "resources": {"resources"},
    "backends": {"backends", *FOUNDATIONS},
    "feed": {"feed", *FOUNDATIONS},
    "workspace": {"workspace", "feed", *FOUNDATIONS},
    "models": {"models", "workspace", "feed", *FOUNDATIONS},
    "plots": {"plots", *FOUNDATIONS},
    "views": {"views", "models", "plots", "workspace", "feed", *FOUNDATIONS},
    "homes": {"homes", "views", "models", "workspace", "feed", *FOUNDATIONS},
    "sandbox": {"sandbox", *FOUNDATIONS},
    "doctor": {"feed", *FOUNDATIONS},
    "cli": {"doctor", "homes", "sandbox", "workspace", *FOUNDATIONS},
    "__init__": {"homes", "workspace", *FOUNDATIONS},
}
"""What each part may import. A feed starts its backends by name, in a process of their own, and imports none."""
CLIENTS = {"htcondor2", "htcondor", "classad2", "classad", "rucio", "ganga"}
PAGES = {"panel", "bokeh", "holoviews", "param"}


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of each import of a file, wherever it stands."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}:{node.lineno}: a relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def part(file: Path) -> str:
    return file.relative_to(ROOT / "dashboard").parts[0].removesuffix(".py")


def found(unwanted: Callable[[str, list[str]], bool]) -> list[str]:
    """Where a part of Cygnet imports what it must not: asked with the part, and the imported name in pieces."""
    return [
        f"{file.relative_to(ROOT)}:{line} imports {imported}"
        for file in FILES
        for line, imported in imports(file)
        if unwanted(part(file), imported.split("."))
    ]


def test_arrows_go_down() -> None:
    def up(part: str, imported: list[str]) -> bool:
        top, target = imported[0], imported[1] if len(imported) > 1 else ""
        # Other names (dashboard.__version__) are the package's own.
        inside = any((ROOT / "dashboard" / place).exists() for place in (f"{target}.py", f"{target}/__init__.py"))
        return top == "dashboard" and inside and target not in ALLOWED[part]

    assert not found(up)


def test_clients_stay_in_backends() -> None:
    assert not found(lambda part, imported: imported[0] in CLIENTS and part not in ("backends", "sandbox"))


def test_page_libraries_stay_above_the_workspace() -> None:
    above = ("models", "plots", "views", "homes")
    assert not found(lambda part, imported: imported[0] in PAGES and part not in above)


def test_files_stay_small() -> None:
    sources = [*FILES, *(ROOT / "tests").rglob("*.py")]
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in sources}
    assert not {name: count for name, count in lines.items() if count > 400}


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("statement", ["import dashboard", "import dashboard.cli"])
def test_import_is_quick_because_it_loads_nothing_heavy(statement: str) -> None:
    assert not loaded_by(statement) & (PAGES | CLIENTS | {"pandas", "numpy", "requests"})


def test_public_names_exist() -> None:
    assert set(dashboard.__all__) <= set(dir(dashboard))
    assert all(getattr(dashboard, name) for name in dashboard.__all__)
    assert not hasattr(dashboard, "nothing")


def test_workers_load_no_page() -> None:
    assert not loaded_by("import dashboard.feed.worker, dashboard.backends.htcondor") & PAGES
