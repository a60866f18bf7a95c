"""Cygnet in a JupyterHub: copy what you need into your own jupyterhub_config.py.

Every user's own jobs need nothing of this: with Cygnet installed in the users' environment, each JupyterLab has its
card. What follows is one page for a group, at /services/cygnet/, on the one account that the settings file names.
"""

import sys

c = get_config()  # noqa: F821  JupyterHub defines it where it reads this file

# The page: kept running by the hub, at a port nobody else needs to reach. Install cygnet and jupyterhub in its Python.
c.JupyterHub.services = [
    {
        "name": "cygnet",
        "url": "http://127.0.0.1:10105",
        "command": [sys.executable, "-m", "dashboard.cli", "serve"],
        "environment": {"CYGNET_SETTINGS": "/etc/cygnet/settings.toml"},
        "oauth_client_allowed_scopes": ["custom:cygnet:act!service=cygnet"],  # without it nobody acts
        "oauth_no_confirm": True,  # the hub vouches for it: do not ask each user
        # "user": "physics",  # account to run as, when the hub runs as root
    }
]

# Who may look, and who may act: submit, hold, remove, stage, delete; as the account of the settings file.
c.JupyterHub.custom_scopes = {"custom:cygnet:act": {"description": "Act on jobs and data in Cygnet"}}
c.JupyterHub.load_groups = {
    "cygnet-look": {"users": ["ruth"]},
    "cygnet-act": {"users": ["adam"]},
}
c.JupyterHub.load_roles = [
    {"name": "cygnet-look", "groups": ["cygnet-look", "cygnet-act"], "scopes": ["access:services!service=cygnet"]},
    {"name": "cygnet-act", "groups": ["cygnet-act"], "scopes": ["custom:cygnet:act!service=cygnet"]},
]
