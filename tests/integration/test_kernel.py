"""What views cost a kernel, and what running a cell again and again leaves in it."""

import json
from collections.abc import Callable, Iterator

import pytest
from jupyter_client.manager import start_new_kernel

from dashboard.sandbox import Sandbox

SHOW = """
import gc, threading, time
import dashboard
from dashboard.homes import notebook
view = dashboard.show(batch.submission)
view
"""
DRAWN = """
# What a browser does: it opens the comms, says that it has drawn, and that somebody looks.
live, seen = view._live, threading.Event()
for comm, _ in live._drawings.values():
    comm.init()
def look():
    live._door.drawn = "a page"
    live._presence.seen = 1.0
    seen.set()
notebook._loop().call_soon_threadsafe(look)
assert seen.wait(20)
del live, comm
"""
COUNT = """
import json, psutil
from panel.io.state import state
done = threading.Event()
notebook._loop().call_soon_threadsafe(done.set)
assert done.wait(20)
gc.collect()
objects = gc.get_objects()
names = [type(known).__name__ for known in objects]
counted = {name: names.count(name) for name in ("_Live", "BatchCard", "Door", "Sheets")}
live = sum(known.seen for known in objects if type(known) is notebook._Live)
comms = len(get_ipython().kernel.comm_manager.targets) + len(state._comm_manager._comms)
grown = {"objects": len(objects), "mib": psutil.Process().memory_info().rss / 2**20}
print(json.dumps(counted | {"live": live, "views": len(state._views), "comms": comms, "grown": grown}))
del objects
"""

BEAT = """
import asyncio, gc, time
import dashboard
from dashboard.homes import notebook
gc.disable()  # Python's own collections stop all threads, in any notebook that has imported so much
worst = 0.0
async def beat():
    global worst
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.005)
        worst = max(worst, time.perf_counter() - before - 0.005)
beating = asyncio.ensure_future(beat())
"""
WATCH = """
view = dashboard.show(ws, page="jobs", batch=ws.jobs.batches().index[0])
view._repr_mimebundle_()
def look(live=view._live):
    live._door.drawn = "a page"
    live._presence.seen = time.time()
await asyncio.sleep(0.1)
worst = 0.0  # what the cell itself has taken does not count
notebook._loop().call_soon_threadsafe(look)
await asyncio.sleep(4)
view._live.seen, len(view._live._place), worst
"""

Run = Callable[[str, str], str]


@pytest.fixture
def run() -> Iterator[Run]:
    """Run code in a kernel as the cell of an id; what it printed."""
    manager, client = start_new_kernel(kernel_name="python3")

    def run(code: str, cell: str) -> str:
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        request = client.session.msg("execute_request", content, metadata={"cellId": cell})
        client.shell_channel.send(request)
        printed = ""
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            if message["msg_type"] == "stream":
                printed += message["content"]["text"]
            if message["msg_type"] == "execute_result":
                printed += message["content"]["data"]["text/plain"]
            assert message["msg_type"] != "error", "\n".join(message["content"]["traceback"])
            if message["content"].get("execution_state") == "idle":
                return printed

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_view_keeps_the_kernel_from_its_work_for_50_ms_at_most(run: Run, sandbox: Sandbox) -> None:
    settings = str(sandbox.settings_file("alice"))
    run(f"import dashboard\nws = dashboard.connect({settings!r})\nws.jobs.frame()", "settings")
    run(BEAT, "beat")
    worst = []
    for _ in range(4):
        live, parts, lag = run(WATCH, "the cell").strip("()").split(", ")
        assert (live, parts) == ("True", "2"), "the page was opened"
        worst.append(float(lag))
    # Somebody else's work on this machine may delay one of them.
    assert min(worst) < 0.05, worst


def test_fifty_runs_of_a_cell_leave_one_live_view(run: Run, sandbox: Sandbox) -> None:
    settings = str(sandbox.settings_file("alice"))
    run(f"import dashboard\nws = dashboard.connect({settings!r})\nws.jobs.frame()", "settings")
    run("class batch: submission = dashboard.Submission(int(ws.jobs.batches().index[0]), 1, ws)", "batch")
    seen = []
    for _ in range(5):
        for _ in range(10):
            run(SHOW, "the cell")
            run(DRAWN, "browser")
        seen.append(json.loads(run(COUNT, "count").splitlines()[-1]))
    grown = [counts.pop("grown") for counts in seen]
    assert seen[0] == seen[-1]
    assert {name: seen[-1][name] for name in ("_Live", "BatchCard", "Door", "live")} == dict.fromkeys(
        ("_Live", "BatchCard", "Door", "live"), 1
    )
    # IPython itself remembers the value and the text of every cell.
    assert grown[-1]["objects"] - grown[0]["objects"] < 40 * 100
    # Memory settles within the first twenty runs; a view drawn is some megabytes.
    assert grown[-1]["mib"] - grown[1]["mib"] < 30 * 0.5
