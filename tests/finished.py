"""Finished jobs for tests: ads, and tables of them."""

from typing import Any

import pyarrow as pa

from dashboard.domain import finished

T = 1_795_000_000


def ad(cluster: int, proc: int = 0, ended: int = T, wait: int = 60, run: int = 600, **more: Any) -> dict[str, Any]:
    """A job that waited, ran and ended well."""
    return {
        "ClusterId": cluster,
        "ProcId": proc,
        "QDate": ended - run - wait,
        "JobStartDate": ended - run,
        "EnteredCurrentStatus": ended,
        "RemoteWallClockTime": float(run),
        "RemoteUserCpu": run * 0.8,
        "RequestMemory": 2048,
        "MemoryUsage": 1000,
        "RequestCpus": 1,
        "ExitCode": 0,
        "JobStatus": 4,
        "JobBatchName": f"batch-{cluster % 5}",
        "Owner": "alice",
        "LastRemoteHost": f"slot1@node{proc % 3}.example.org",
        "Cmd": "/home/alice/run.sh",
        **more,
    }


def table(*ads: dict[str, Any]) -> pa.Table:
    return finished.table(ads, "schedd.example.org")


def jobs(count: int, first: int = 0, **more: Any) -> pa.Table:
    """So many jobs, one after the other."""
    return table(*(ad(1 + n // 10, n % 10, T + n, **more) for n in range(first, first + count)))
