"""A process that ends with the one that started it, also when that one is killed with -9."""

import os
import signal
import threading


def hold() -> None:
    """Kill this process group when standard input, a pipe only the starter holds, comes to its end.

    PR_SET_PDEATHSIG would not do: it fires when the starter's *thread* ends, and engines are started from threads.
    """
    threading.Thread(target=_watch, name="lifeline", daemon=True).start()


def _watch() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)
