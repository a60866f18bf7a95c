"""Rucio's daemons for the sandbox in one process: a turn of each, about every second.

Runs in the server's own environment: `python daemons.py transfers.json`. The file holds the speed and failure rate of
the transfer tool and may change at any time.
"""

import logging
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import database
import lifeline
import transfer
from rucio.core.transfer import TRANSFERTOOL_CLASSES_BY_NAME
from rucio.daemons.abacus import account as account_usage
from rucio.daemons.abacus import collection_replica
from rucio.daemons.abacus import rse as rse_usage
from rucio.daemons.common import HeartbeatHandler
from rucio.daemons.conveyor.finisher import finisher
from rucio.daemons.conveyor.submitter import submitter
from rucio.daemons.judge import cleaner, evaluator, injector, repairer
from rucio.daemons.reaper import reaper
from rucio.daemons.undertaker import undertaker
from rucio.db.sqla.constants import DatabaseOperationType, LockState, RequestState
from rucio.db.sqla.models import ReplicaLock, Request
from rucio.db.sqla.session import db_session

PAUSE = 0.7  # s between two rounds
REPAIR_AFTER = 12.0  # s a lock is stuck before the judge tries it again; twice as long after each failure
REPAIR_DOUBLINGS = 5
RUCIO_REPAIRS_AFTER = timedelta(hours=2)
HEARTBEAT = 60  # s

Turn = Callable[[], object]


def turns(stack: ExitStack, depot: transfer.Depot) -> list[tuple[str, Turn]]:
    """Return one turn of each daemon, in the order in which data passes through them."""

    def turn(module: object, **options: object) -> tuple[str, Turn]:
        name: str = module.DAEMON_NAME  # type: ignore[attr-defined]  # every daemon of Rucio has one
        beat = stack.enter_context(HeartbeatHandler(executable=name, renewal_interval=HEARTBEAT))
        return name, partial(module.run_once, heartbeat_handler=beat, **options)  # type: ignore[attr-defined]  # ditto

    return [
        turn(evaluator, paused_dids={}, did_limit=1000),
        turn(injector, paused_rules={}),
        ("ageing", age_stuck_locks),
        turn(repairer, paused_rules={}, delta=3),
        ("submitter", partial(submitter, once=True, transfertools=[transfer.NAME], partition_wait_time=0, bulk=200)),
        ("receiver", depot.report_finished),
        ("finisher", partial(finisher, once=True, partition_wait_time=0)),
        turn(cleaner, paused_rules={}),
        turn(undertaker, paused_dids={}, chunk_size=10),
        ("reaper", partial(reaper.reaper, [], None, None, once=True, greedy=True)),
        turn(account_usage),
        turn(rse_usage),
        turn(collection_replica, limit=1000),
    ]


def take_back_lost_transfers() -> None:
    """Queue again what was being copied when the daemons last ended."""
    with db_session(DatabaseOperationType.WRITE) as session:
        lost = session.query(Request).filter(Request.state.in_([RequestState.SUBMITTING, RequestState.SUBMITTED]))
        lost.update({"state": RequestState.QUEUED, "external_id": None}, synchronize_session=False)


def age_stuck_locks() -> None:
    """Make stuck locks look old enough to the judge, who leaves them for two hours, a constant in Rucio's code."""
    now = datetime.utcnow()
    with db_session(DatabaseOperationType.WRITE) as session:
        young = ReplicaLock.updated_at > now - RUCIO_REPAIRS_AFTER
        for lock in session.query(ReplicaLock).filter(ReplicaLock.state == LockState.STUCK, young).all():
            wait = REPAIR_AFTER * 2 ** min(lock.repair_cnt or 0, REPAIR_DOUBLINGS)
            if now - lock.updated_at > timedelta(seconds=wait):
                lock.updated_at = now - 2 * RUCIO_REPAIRS_AFTER


def main(settings: Path) -> None:
    """Run all daemons until the process is ended."""
    depot = transfer.CopyTool.depot = transfer.Depot(settings)
    TRANSFERTOOL_CLASSES_BY_NAME[transfer.NAME] = transfer.CopyTool
    database.wait_for_turns()
    take_back_lost_transfers()
    pause = threading.Event()
    with ExitStack() as stack:
        daemons = turns(stack, depot)
        while not pause.wait(PAUSE):
            for name, turn in daemons:
                try:
                    turn()
                except Exception:
                    # As in production, where a supervisor restarts it: the failure of one daemon ends no other.
                    logging.exception("%s failed", name)


if __name__ == "__main__":
    lifeline.hold()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    main(Path(sys.argv[1]))
