"""gunicorn's configuration for the sandbox's Rucio server: one worker, a few threads, no life after its starter."""

import os
from pathlib import Path

import lifeline

wsgi_app = "wsgi:application"
pythonpath = str(Path(__file__).parent)
bind = f"127.0.0.1:{os.environ['CYGNET_SANDBOX_PORT']}"
worker_class = "gthread"
workers = 1
threads = 8
timeout = 120
graceful_timeout = 1
keepalive = 30
control_socket_disable = True  # it would lie in the home folder, shared by all sandboxes


def on_starting(server: object) -> None:
    """Tie the master to its starter; gunicorn's workers end with their master (Called by gunicorn.)."""
    del server
    lifeline.hold()
