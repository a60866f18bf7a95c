"""Real batches of a physicist: some wait, some run for minutes, succeed, fail in part, or are held."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SLEEP = """\
#!/bin/sh
# usage: {name} SECONDS: stands in for an analysis, sparing the machine
echo "processing slice $_CONDOR_SLOT for $1 s"
sleep "$1"
echo "done" > result.txt
"""

TOYS = """\
#!/bin/sh
# usage: {name} TOY SECONDS: one toy in four does not converge
sleep "$2"
if [ $(($1 % 4)) -eq 3 ]; then
    echo "toy $1: the fit did not converge (status 4)" >&2
    exit 4
fi
echo "toy $1: mu = 1.02 +- 0.11" > result.txt
"""

UNFOLD = """\
#!/usr/bin/env python3
# usage: {name} MIB: builds a response matrix that grows past what was asked for
import sys
import time

matrix = []
for step in range(int(sys.argv[1]) // 16):
    matrix.append(bytearray(b"x" * (16 << 20)))
    print("response matrix:", (step + 1) * 16, "MiB", flush=True)
    time.sleep(0.3)
time.sleep(600)
"""


@dataclass(frozen=True)
class Batch:
    """One submission: `count` jobs running `script` with `arguments` (submit-file macros) and more `commands`."""

    name: str
    script: str
    arguments: str
    count: int
    commands: dict[str, str] = field(default_factory=dict)


BATCHES = {
    "alice": [
        Batch(
            "toys-scan",
            TOYS,
            "$(Process) $INT(seconds)",
            12,
            {"seconds": "8 + 3 * $(Process)", "request_memory": "512MB"},
        ),
        Batch("unfold", UNFOLD, "192", 2, {"request_memory": "128MB"}),
        Batch(
            "merge-ntuples", SLEEP, "5", 3, {"transfer_input_files": "ntuple_$(Process).root", "request_memory": "1GB"}
        ),
        Batch("calib-check", SLEEP, "10", 6, {"request_memory": "256MB"}),
        Batch(
            "zmumu-2026",
            SLEEP,
            "$INT(seconds)",
            24,
            {"seconds": "120 + 15 * $(Process)", "request_memory": "2GB", "concurrency_limits": "zmumu"},
        ),
        Batch("skim-data24", SLEEP, "300", 20, {"request_memory": "4GB", "request_cpus": "64"}),
    ],
    "bob": [
        Batch("ttbar-syst", SLEEP, "$INT(seconds)", 4, {"seconds": "300 + 60 * $(Process)", "request_memory": "1GB"}),
    ],
}
"""By user. In a pool of 48 CPUs skim-data24 waits for ever; zmumu-2026 runs 8 at a time;
of merge-ntuples one input file is missing."""


SAMPLES = {
    "job.sh": TOYS.format(name="job.sh").replace('"$2"', "10"),
    "analysis.py": """\
#!/usr/bin/env python3
# usage: analysis.py --input FILE --output FILE: counts bytes, as an analysis counts events
import argparse
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--input", required=True)
parser.add_argument("--output", required=True)
options = parser.parse_args()
Path(options.output).write_text(f"{len(Path(options.input).read_bytes())}\\n")
""",
}
"""Programs for the templates of the Submit page, below the folder submissions start from."""


def inputs(batch: Batch) -> Iterable[str]:
    """Return the input files that exist for `batch`: of a batch that wants them, all but the last."""
    return [f"ntuple_{n}.root" for n in range(batch.count - 1)] if "transfer_input_files" in batch.commands else []


def description(batch: Batch, folder: Path) -> dict[str, str]:
    """Return the submit description of `batch`, whose files are in `folder`."""
    return {
        "executable": str(folder / "run"),
        "arguments": batch.arguments,
        "initialdir": str(folder),
        "output": "out.$(Process)",
        "error": "err.$(Process)",
        "log": "jobs.log",
        "should_transfer_files": "YES",
        "when_to_transfer_output": "ON_EXIT",
        "transfer_output_files": '""',
        "request_cpus": "1",
        "request_disk": "100MB",
        "batch_name": batch.name,
        "MY.CygnetSeed": "True",
        **batch.commands,
    }


def prepare(batch: Batch, work: Path) -> Path:
    """Write the files of `batch` below `work`, owned as that is, and return their folder."""
    owner = work.stat()
    folder = work / batch.name
    folder.mkdir(exist_ok=True)
    script = folder / "run"
    script.write_text(batch.script.format(name=script.name) if "{name}" in batch.script else batch.script)
    script.chmod(0o755)
    for name in inputs(batch):
        (folder / name).write_bytes(b"root" + bytes(64 << 10))
    for path in (folder, *folder.iterdir()):
        os.chown(path, owner.st_uid, owner.st_gid)
    return folder


def samples(work: Path) -> None:
    """Write `SAMPLES` and two input files into `work`, unless they are there, owned as that is."""
    owner = work.stat()
    contents = {name: text.encode() for name, text in SAMPLES.items()}
    contents |= {f"sample_{n}.root": b"root" + bytes(64 << 10) for n in range(2)}
    for name, content in contents.items():
        path = work / name
        if not path.exists():
            path.write_bytes(content)
            path.chmod(0o755 if name in SAMPLES else 0o644)
            os.chown(path, owner.st_uid, owner.st_gid)


def seed(htcondor: dict[str, Any], report: Callable[[str], None]) -> None:
    """Submit the batches of the owner in the settings table `htcondor`, except those with jobs in the queue."""
    os.environ.update(
        CONDOR_CONFIG=htcondor["config"],
        _CONDOR_COLLECTOR_HOST=htcondor["pool"],
        _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS="IDTOKENS",
        _CONDOR_SEC_TOKEN_DIRECTORY=htcondor["token_directory"],
    )
    import htcondor2  # reads that environment when imported

    collector = htcondor2.Collector(htcondor["pool"])
    schedd = htcondor2.Schedd(collector.locate(htcondor2.DaemonType.Schedd))
    mine = f'Owner == "{htcondor["owner"]}" && CygnetSeed =?= True'
    there = {ad["JobBatchName"] for ad in schedd.query(mine, ["JobBatchName"])}
    samples(Path(htcondor["workdir"]))
    for batch in BATCHES[htcondor["owner"]]:
        if batch.name not in there:
            folder = prepare(batch, Path(htcondor["workdir"]))
            schedd.submit(htcondor2.Submit(description(batch, folder)), count=batch.count)
            report(f"HTCondor: {htcondor['owner']} submitted {batch.count} jobs {batch.name}")
