"""From a PFN to a path on this machine, never out of the mount."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.path import Mount, local_path, mount_of

EOS = Mount("SITE_DISK", "/eos/site", path_begins_at=2)


@pytest.mark.parametrize(
    ("pfn", "mount", "expected"),
    [
        ("root://door.site:1094//rucio/disk/data26/a.root", EOS, "/eos/site/data26/a.root"),
        ("davs://door.site/rucio/disk/data26/a%20b.root", EOS, "/eos/site/data26/a b.root"),
        ("file:///data/rse/data26/a.root", Mount("X", "/data/rse"), "/data/rse/data26/a.root"),
        ("file:///eos/site/data26/a.root", EOS, "/eos/site/data26/a.root"),
        ("root://door//rucio/disk", EOS, None),
        ("root://door//rucio/disk/../../etc/passwd", EOS, None),
        ("root://door//rucio/disk/%2e%2e/%2E%2E/etc/passwd", EOS, None),
        ("file:///eos/site/../../etc/passwd", EOS, None),
        ("", EOS, None),
    ],
)
def test_local_path(pfn: str, mount: Mount, expected: str | None) -> None:
    assert local_path(pfn, mount) == expected


@given(st.lists(st.sampled_from(["..", ".", "a", "%2e%2e", "%2F", "b c", "", "etc"]), max_size=8), st.integers(0, 3))
def test_never_leads_out(parts: list[str], begins: int) -> None:
    path = local_path("root://door//" + "/".join(parts), Mount("X", "/eos/site", begins))
    assert path is None or (PurePosixPath(path).is_relative_to("/eos/site") and ".." not in PurePosixPath(path).parts)


def test_mount_of() -> None:
    assert mount_of("SITE_DISK", [Mount("OTHER", "/o"), EOS]) is EOS
    assert mount_of("NOWHERE", [EOS]) is None
