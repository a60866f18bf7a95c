"""Where the files beside the code are: `apps/` and `assets/` stand at the top of a checkout and inside the wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """Find a file or folder of `apps/` or `assets/`, in a checkout and in an installed wheel alike.

    Parameters
    ----------
    name
        Path as in the checkout, with slashes: ``"assets/theme.css"``.

    Raises
    ------
    FileNotFoundError
        When neither place has it: the installation is damaged.
    """
    for path in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if path.exists():
            return path
    raise FileNotFoundError(f"Cygnet's own file {name} is missing: install Cygnet again.")
