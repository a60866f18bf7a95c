from pathlib import Path

from dashboard.sandbox.condor_config import condor_config

CONFIG = condor_config(
    Path("/box/pool"), 29618, Path("/run/condor"), ["alice", "bob"], ["root", "condor"], {"RELEASE_DIR": "/usr"}
)
VALUES = dict(line.split(" = ", 1) for line in CONFIG.splitlines() if " = " in line and not line.startswith("#"))


def test_pool_stays_on_loopback() -> None:
    assert VALUES["COLLECTOR_HOST"] == "127.0.0.1:29618"
    assert VALUES["SHARED_PORT_PORT"] == "29618"
    assert VALUES["NETWORK_INTERFACE"] == "127.0.0.1"
    assert VALUES["BIND_ALL_INTERFACES"] == "False"


def test_everyone_proves_who_they_are_and_only_admins_administrate() -> None:
    assert VALUES["SEC_DEFAULT_AUTHENTICATION"] == "REQUIRED"
    assert VALUES["ALLOW_WRITE"] == "alice@sandbox, bob@sandbox, root@sandbox, condor@sandbox"
    assert VALUES["ALLOW_ADMINISTRATOR"] == "root@sandbox, condor@sandbox"


def test_state_is_in_the_sandbox_folder() -> None:
    assert VALUES["LOCAL_DIR"] == "/box/pool"
    assert VALUES["SPOOL"] == "$(LOCAL_DIR)/spool"


def test_the_machine_is_left_alone() -> None:
    assert VALUES["ENABLE_KERNEL_TUNING"] == "False"


def test_several_schedds_keep_what_is_theirs_apart() -> None:
    assert "SCHEDD2" not in CONFIG
    several = condor_config(Path("/box/pool"), 29618, Path("/run/condor"), ["alice"], ["root"], {}, schedds=3)
    lines = several.splitlines()
    assert "SCHEDD_NAME = schedd1@sandbox" in lines
    for number in (2, 3):
        assert f"SCHEDD{number}.SCHEDD_NAME = schedd{number}@sandbox" in lines
        assert f"SCHEDD{number}.SPOOL = $(LOCAL_DIR)/spool{number}" in lines
