"""The configuration of the private pool, as text."""

from collections.abc import Iterable, Mapping
from pathlib import Path

DOMAIN = "sandbox"
"""Domain of the pool's users: alice is alice@sandbox."""

DAEMONS = ("MASTER", "SHARED_PORT", "COLLECTOR", "NEGOTIATOR", "SCHEDD", "STARTD")


def condor_config(
    home: Path,
    port: int,
    sockets: Path,
    users: Iterable[str],
    admins: Iterable[str],
    install: Mapping[str, str],
    schedds: int = 1,
) -> str:
    """Return the whole configuration.

    Parameters
    ----------
    home
        Folder of the pool's log, spool, execute directories and keys.
    port
        Port of the collector, and of all daemons, on 127.0.0.1.
    sockets
        Short folder for the daemons' sockets (their paths may have 107 characters).
    users
        Who may submit.
    admins
        Who may administrate; the daemons run as one of them.
    install
        Where HTCondor is installed: RELEASE_DIR and the like.
    schedds
        How many schedds there are; several are called by `schedd_name`.
    """
    identities = {name: f"{name}@{DOMAIN}" for name in (*users, *admins)}
    trusted = ", ".join(identities[name] for name in admins)
    return "\n".join(
        [
            *(f"{key} = {value}" for key, value in install.items()),
            COMMON,
            f"LOCAL_DIR = {home}",
            f"COLLECTOR_HOST = 127.0.0.1:{port}",
            f"SHARED_PORT_PORT = {port}",
            f"DAEMON_SOCKET_DIR = {sockets}",
            f"DAEMON_LIST = {' '.join(DAEMONS)}",
            f"UID_DOMAIN = {DOMAIN}",
            f"ALLOW_WRITE = {', '.join(identities.values())}",
            f"ALLOW_DAEMON = {trusted}",
            f"ALLOW_ADMINISTRATOR = {trusted}",
            f"ALLOW_NEGOTIATOR = {trusted}",
            *([f"SCHEDD_NAME = {schedd_name(1)}"] if schedds > 1 else []),
            *(ANOTHER.format(number=number, name=schedd_name(number)) for number in range(2, schedds + 1)),
            "",
        ]
    )


def schedd_name(number: int) -> str:
    """Name of one of several schedds, counted from 1."""
    return f"schedd{number}@{DOMAIN}"


ANOTHER = """\
SCHEDD{number} = $(SCHEDD)
SCHEDD{number}_ARGS = -f -local-name SCHEDD{number}
SCHEDD{number}_LOG = $(LOG)/Schedd{number}Log
SCHEDD{number}.SCHEDD_LOG = $(LOG)/Schedd{number}Log
SCHEDD{number}.SCHEDD_NAME = {name}
SCHEDD{number}.SPOOL = $(LOCAL_DIR)/spool{number}
SCHEDD{number}.HISTORY = $(LOCAL_DIR)/spool{number}/history
SCHEDD{number}.SCHEDD_ADDRESS_FILE = $(LOCAL_DIR)/spool{number}/.schedd_address
SCHEDD{number}.SCHEDD_DAEMON_AD_FILE = $(LOCAL_DIR)/spool{number}/.schedd_classad
DAEMON_LIST = $(DAEMON_LIST) SCHEDD{number}
# Started again a second after it ended, not ten.
MASTER_SCHEDD{number}_BACKOFF_CONSTANT = 1
DC_DAEMON_LIST = + SCHEDD{number}
"""

COMMON = """\
LOCAL_CONFIG_FILE =
LOCAL_CONFIG_DIR =
LOG = $(LOCAL_DIR)/log
LOCK = $(LOCAL_DIR)/lock
RUN = $(LOCAL_DIR)/run
SPOOL = $(LOCAL_DIR)/spool
EXECUTE = $(LOCAL_DIR)/execute

# On this machine's loopback and nowhere else.
CONDOR_HOST = 127.0.0.1
NETWORK_INTERFACE = 127.0.0.1
BIND_ALL_INTERFACES = False
ENABLE_IPV6 = False
USE_SHARED_PORT = True
SINGULARITY =
RUNBENCHMARKS = False
# Nothing of the machine itself is changed; its /tmp is not ours already.
ENABLE_KERNEL_TUNING = False
MOUNT_UNDER_SCRATCH =
MAIL = /bin/true

# Who is who: a token (from outside) or the operating system (inside); only the owner may change a job.
FILESYSTEM_DOMAIN = $(UID_DOMAIN)
TRUST_DOMAIN = cygnet
TRUST_UID_DOMAIN = True
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = FS, IDTOKENS
SEC_DEFAULT_INTEGRITY = REQUIRED
SEC_DEFAULT_ENCRYPTION = OPTIONAL
SEC_PASSWORD_DIRECTORY = $(LOCAL_DIR)/keys
SEC_TOKEN_POOL_SIGNING_KEY_FILE = $(LOCAL_DIR)/keys/POOL
SEC_TOKEN_SYSTEM_DIRECTORY = $(LOCAL_DIR)/keys/tokens
ALLOW_READ = *

# One machine that claims more than it has, so that tens of mostly sleeping jobs run. A batch that
# names a concurrency limit leaves room for what its people submit next.
NUM_CPUS = 48
MEMORY = 131072
CONCURRENCY_LIMIT_DEFAULT = 8
SLOT_TYPE_1 = 100%
SLOT_TYPE_1_PARTITIONABLE = True
NUM_SLOTS_TYPE_1 = 1
START = True
SUSPEND = False

# A job over its request is held, as at a laboratory. HOLD_IF_MEMORY_EXCEEDED looks at the slot, which may be larger;
# who asks for nothing has asked for 1 MiB, and gets 128.
MEMORY_EXCEEDED = (MemoryUsage =!= UNDEFINED && MemoryUsage > max({RequestMemory, 128}))
use POLICY : WANT_HOLD_IF( MEMORY_EXCEEDED, 102, memory usage exceeded request_memory )

# Soon rather than sparing: what happens is seen within seconds.
NEGOTIATOR_INTERVAL = 2
NEGOTIATOR_MIN_INTERVAL = 1
NEGOTIATOR_CYCLE_DELAY = 1
SCHEDD_INTERVAL = 5
SCHEDD_MIN_INTERVAL = 1
UPDATE_INTERVAL = 5
POLLING_INTERVAL = 2
STARTER_UPDATE_INTERVAL = 3
STARTER_INITIAL_UPDATE_INTERVAL = 2
SHADOW_QUEUE_UPDATE_INTERVAL = 5
PERIODIC_EXPR_INTERVAL = 5
MASTER_BACKOFF_CEILING = 15
# A schedd that was killed finds its running jobs again; jobs that were killed with the pool are not waited for long.
# The client writes 2400 s into each job, so this is set on arrival.
JOB_TRANSFORM_NAMES = Lease
JOB_TRANSFORM_Lease = SET JobLeaseDuration 40

MAX_JOBS_RUNNING = 200
MAX_JOBS_PER_OWNER = 1000000
MAX_JOBS_PER_SUBMISSION = 1000000
"""
