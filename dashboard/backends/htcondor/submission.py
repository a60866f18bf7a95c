"""Submitting once: the job ad carries the client-made id, and a retry looks for it first."""

from __future__ import annotations

from contextlib import chdir, nullcontext
from pathlib import Path

import htcondor2

from dashboard.backends.htcondor.schedd import Schedd, quoted, words
from dashboard.domain.description import program
from dashboard.domain.problem import Problem


def submit(
    schedd: Schedd,
    text: str,
    items: list[dict[str, str]] | None,
    spool: bool,
    submit_id: str,
    workdir: str,
    kerberos: bool = False,
) -> tuple[int, int]:
    """Submit a description, unless it was under this id; cluster and number of jobs.

    Parameters
    ----------
    kerberos
        Give the pool a ticket first, and have the jobs carry it.

    Raises
    ------
    Problem
        With HTCondor's words when it refuses the description.
    """
    earlier = submitted(schedd, submit_id)
    if earlier:
        return earlier
    if kerberos:
        _give_ticket()
    try:
        # As condor_submit does: executables, lists of items and the initial directory are relative to where one stands.
        with chdir(workdir) if workdir else nullcontext():
            described = _described(text, submit_id, kerberos)
            if (name := program(text)) and not Path(name).is_file():  # condor_submit refuses that, too
                raise Problem("missing", f"{Path.cwd() / name} is not there: check the name of the executable.")
            return _submit(schedd, described, items, spool)
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise Problem("missing", f"The initial directory {workdir} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        # What the schedd itself refuses is told by `Schedd.asked`.
        where = f" (seen from {workdir or Path.cwd()})" if "No such file" in str(error) else ""
        said = f"HTCondor does not understand the submit description: {words(error)}{where}."
        raise Problem("invalid", said) from error


def _described(text: str, submit_id: str, kerberos: bool) -> htcondor2.Submit:
    description = htcondor2.Submit(text)
    description["My.CygnetSubmitId"] = quoted(submit_id)
    if kerberos:
        description["My.SendCredential"] = "True"
    return description


def _give_ticket() -> None:
    try:
        # Without a credential of ours HTCondor runs its configured producer, which takes the user's ticket.
        htcondor2.Credd().add_user_cred(htcondor2.CredType.Kerberos, None)
    except (htcondor2.HTCondorException, OSError, RuntimeError, ValueError) as error:
        raise Problem(
            "denied",
            f"Your Kerberos ticket cannot be given to HTCondor ({words(error)}): run kinit, then submit again.",
        ) from error


def _submit(
    schedd: Schedd, description: htcondor2.Submit, items: list[dict[str, str]] | None, spool: bool
) -> tuple[int, int]:
    with schedd.asked() as client:
        result = (
            client.submit(description, spool=spool, itemdata=iter(items))
            if items
            else client.submit(description, spool=spool)
        )
        if spool:
            client.spool(result)  # when it fails the schedd removes the jobs by itself
    return result.cluster(), result.num_procs()


def submitted(schedd: Schedd, submit_id: str) -> tuple[int, int] | None:
    """Cluster and number of jobs already submitted under this id; the queue is asked, then the history."""
    # Jobs whose files could not be spooled are removed by the schedd: that submission did not happen.
    constraint = f"CygnetSubmitId == {quoted(submit_id)} && JobStatus != 3"
    with schedd.asked() as client:
        ads = client.query(constraint, ["ClusterId", "TotalSubmitProcs"], limit=1)
        ads = ads or client.history(constraint, ["ClusterId", "TotalSubmitProcs"], 1, since="QDate < 0")
    return (int(ads[0]["ClusterId"]), int(ads[0].get("TotalSubmitProcs") or 1)) if ads else None
