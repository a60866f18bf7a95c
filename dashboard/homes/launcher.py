"""Cygnet's card in JupyterLab's launcher: what jupyter-server-proxy asks for, and whose Python runs the dashboard.

Loaded by the Jupyter server, maybe in an environment that has nothing of what Cygnet needs (SWAN installs it there with
``--no-deps``): standard library only.
"""

from __future__ import annotations

import os
import string
import sys
from importlib.util import find_spec
from typing import Any

from dashboard.resources import resource

NEEDED = ("panel", "htcondor2", "rucio")


def setup() -> dict[str, Any]:
    """Entry point of ``jupyter_serverproxy_servers``: a process started on demand, on a socket for this user only."""
    python = sys.executable.replace("{", "{{").replace("}", "}}")
    return {
        "command": [python, "-P", "-m", "dashboard.homes.doorkeeper", "{unix_socket}", str(os.getpid())],
        "unix_socket": True,
        "timeout": 30,
        "new_browser_tab": False,
        "launcher_entry": {"title": "Cygnet", "icon_path": str(resource("assets/logo.svg"))},
    }


def kernel() -> tuple[str, dict[str, str]]:
    """Python the dashboard runs in, and its environment: this one when complete, otherwise that of the notebooks.

    Raises
    ------
    KeyError
        When there is no kernel for Python (`jupyter_client.kernelspec.NoSuchKernel` is one).
    """
    environment = dict(os.environ)
    # SWAN keeps one Kerberos cache for the server and another for what the user runs and renews.
    if cache := environment.get("KRB5CCNAME_NB_TERM"):
        environment["KRB5CCNAME"] = cache
    if all(find_spec(name) for name in NEEDED):
        return sys.executable, environment
    from jupyter_client.kernelspec import KernelSpecManager

    spec = KernelSpecManager().get_kernel_spec("python3")
    # As jupyter_client starts a kernel: variables are filled in, and a bare name is this Python.
    own = {name: string.Template(value).safe_substitute(os.environ) for name, value in spec.env.items()}
    python = spec.argv[0]
    return python if os.sep in python else sys.executable, environment | own
