"""The dashboard for ``panel serve apps/dashboard.py``; settings come from CYGNET_SETTINGS or this machine."""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "dashboard":
    # A notebook beside this file says `import dashboard` and finds this file first: give it the package of that name.
    here = Path(__file__).resolve().parent
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != here]
    del sys.modules["dashboard"]
    import_module("dashboard")
else:
    import panel as pn

    from dashboard import connect
    from dashboard.homes.served import page

    page(pn.state.as_cached("cygnet", connect)).servable()
