"""Why a job failed, in plain words: its exit code or the signal that ended it."""

from __future__ import annotations

import signal

from dashboard.domain.hold import Explanation

_LOOK = "Look at its standard error, mend the cause, then submit these again."

_CODES = {
    126: ("The program could not be executed.", "Check that it is executable and fits the system, then submit again."),
    127: ("A command was not found on the worker node.", "Check the program's name and its environment."),
    134: ("It aborted (signal 6, through a shell).", _LOOK),
    137: ("It was killed (signal 9, through a shell), often for memory.", "Ask for more memory, then submit again."),
    139: ("It crashed (signal 11, through a shell).", _LOOK),
}
_SIGNALS = {
    6: "It aborted: an assertion failed or an exception was not caught.",
    9: "It was killed, often because the machine ran out of memory.",
    11: "It crashed: it used memory that is not its own.",
    15: "It was asked to end.",
}


def explain(code: int | None, number: int | None = None) -> Explanation:
    """Explain how a job ended.

    Parameters
    ----------
    code
        Exit code (ExitCode); None when it is not known.
    number
        Signal that ended it (ExitSignal, when ExitBySignal); None when it ended by itself.
    """
    if number is not None:
        return Explanation(_signal(number), _SIGNALS.get(number, "A signal ended it."), _LOOK)
    if code is None:
        return Explanation("failed", "It did not end well.", _LOOK)
    meaning, remedy = _CODES.get(code, (f"The program ended with exit code {code}.", _LOOK))
    return Explanation(f"exit code {code}", meaning, remedy)


def _signal(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"
