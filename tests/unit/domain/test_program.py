"""Which program must be at hand before jobs are submitted."""

import pytest

from dashboard.domain.description import program


@pytest.mark.parametrize(
    ("commands", "name"),
    [
        ("executable = run.sh", "run.sh"),
        ("Executable = run.sh\ntransfer_executable = True", "run.sh"),
        ("executable = /cvmfs/run.sh\ntransfer_executable = FALSE", ""),
        ("executable = $(program)", ""),
        ("executable = https://example.org/run.sh", ""),
        ("container_image = image.sif\nexecutable = /usr/bin/root", ""),
        ("docker_image = debian\nexecutable = /bin/ls", ""),
        ("arguments = 1", ""),
    ],
)
def test_program(commands: str, name: str) -> None:
    assert program(f"{commands}\nqueue 3\n") == name
