"""The dashboard for ``panel serve apps/dashboard.py``; settings come from CYGNET_SETTINGS or this machine."""

import panel as pn

from dashboard import connect
from dashboard.homes.served import page

page(pn.state.as_cached("cygnet", connect)).servable()
