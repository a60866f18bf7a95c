"""Fill one engine of a running sandbox: `python -m dashboard.sandbox.seed htcondor|rucio --settings FILE`."""

import argparse
import tomllib
from functools import partial
from pathlib import Path

from dashboard.sandbox.seed import data, jobs


def main() -> None:
    """Add the example content of the person whose settings file is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=["htcondor", "rucio"])
    parser.add_argument("--settings", type=Path, required=True)
    arguments = parser.parse_args()
    table = tomllib.loads(arguments.settings.read_text())[arguments.engine]
    report = partial(print, flush=True)
    if arguments.engine == "htcondor":
        jobs.seed(table, report)
    else:
        data.seed(table, arguments.settings.parent, report)


main()
