from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import job, rule
from dashboard.domain.attention import attention, more_memory
from dashboard.domain.cause import causes
from dashboard.domain.health import Health

NOW = datetime(2026, 11, 22, 14, 3, 22, tzinfo=UTC)
OK = {"htcondor": Health("ok", NOW), "rucio": Health("ok", NOW)}
NO_RULES = rule.frame([])


def held(number, cluster=48211, code=34, name="zmumu-2026", reason="memory usage exceeded request_memory", **more):
    return [
        {
            "ClusterId": cluster,
            "ProcId": proc,
            "JobBatchName": name,
            "JobStatus": 5,
            "HoldReasonCode": code,
            "HoldReason": reason,
            "RequestMemory": 2048,
            **more,
        }
        for proc in range(number)
    ]


def look(ads, rules=NO_RULES, health=OK):
    jobs = job.frame(ads)
    return attention(jobs, causes(jobs), rules, health)


def test_nothing_needs_attention():
    running = [{"ClusterId": 1, "ProcId": 0, "JobStatus": 2}]
    assert look(running) is None
    assert attention(None, (), None, {}) is None


def test_memory_is_told_with_what_mends_it():
    found = look(held(27, MemoryUsage=2355))
    assert found.lead == "27 jobs of zmumu-2026 are held: memory."
    assert found.text == "They used up to 2.3 GiB of the 2 GiB asked."
    assert found.mend.words == "Ask 3 GiB and release 27"
    assert found.mend.memory_mib == 3072
    assert tuple(found.mend.ids) == tuple(f"48211.{proc}" for proc in range(27))
    assert found.batch == "48211"


def test_memory_without_known_usage_still_says_what_was_asked():
    found = look(held(1))
    assert found.lead == "1 job of zmumu-2026 is held: memory."
    assert found.text == "It asked for 2 GiB."
    assert found.mend.words == "Ask 3 GiB and release 1"


def test_memory_that_was_not_asked_for_cannot_be_raised_by_a_button():
    ads = held(2)
    for ad in ads:
        del ad["RequestMemory"]
    assert look(ads).mend is None


def test_a_schedd_that_is_missing_is_named():
    health = OK | {"htcondor": Health("part", NOW, "near is not answering.", "without near (1 of 3 not answering)")}
    found = attention(None, (), None, health)
    assert found is not None
    assert found.lead == "HTCondor without near (1 of 3 not answering)."
    assert (found.text, found.bad) == ("near is not answering.", True)


@pytest.mark.parametrize(
    "reason",
    [
        "Transfer input files failure at access point ap1 while sending files to execution point slot1@b9. "
        "Details: reading from file /data/my ntuple_2.root: (errno 2) No such file or directory",
        "Error from slot1@b9: SHADOW failed: error reading from /data/my ntuple_2.root: (errno 2) No such",
    ],
)
def test_missing_input_names_the_file(reason):
    found = look(held(1, 3, 13, "merge", reason))
    assert found.lead == "1 job of merge is held: missing input."
    assert found.text.startswith("/data/my ntuple_2.root is not there.")
    assert (found.mend.words, found.mend.memory_mib) == ("Release 1", None)


def test_the_largest_group_comes_first_and_what_people_held_is_left_alone():
    found = look([*held(3, 1), *held(5, 2, 13, "merge", "gone"), *held(9, 3, 1, "mine", "held from Cygnet")])
    assert found.batch == "2"


def test_uploading_is_not_held():
    assert look(held(4, code=16, reason="Spooling input data files")) is None


def test_batch_without_a_name_is_told_by_its_id():
    assert look(held(1, name="")).lead == "1 job of batch 48211 is held: memory."


def a_rule(state, error="", number=0):
    return {
        "id": f"r{number}",
        "scope": "data",
        "name": f"ds{number}",
        "state": state,
        "locks_stuck_cnt": 1,
        "error": error,
    }


def test_stuck_rule_is_told_with_its_error():
    rules = rule.frame([a_rule("OK"), a_rule("STUCK", "the tape robot is on strike", 1)])
    found = look([], rules)
    assert (found.lead, found.text, found.rule) == ("data:ds1 is stuck.", "the tape robot is on strike", "r1")
    assert found.mend is None
    found = look([], rule.frame([a_rule("STUCK", "TRANSFER [2] No such file or directory: /data/x")]))
    assert found.text.startswith("A file is not there where Rucio copies it from. Tell those who look after the data.")


def test_several_stuck_rules_are_counted():
    rules = rule.frame([a_rule("STUCK", number=1), a_rule("SUSPENDED", number=2)])
    found = look([], rules)
    assert found.lead == "2 rules are stuck, data:ds1 first."
    assert found.text == "Some copies failed; Rucio will try them again."


def test_silent_backend_comes_before_all_else():
    health = OK | {"rucio": Health("stale", NOW, "Rucio does not answer: connection refused.")}
    found = look(held(27), health=health)
    assert found.bad
    assert found.lead.startswith("Rucio is not answering since ")
    assert "connection refused" in found.text
    assert "stays shown" in found.text


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_more_memory_is_more_than_was_used_and_asked(used, asked):
    assert more_memory(used, asked) > max(used, asked)


def test_hostile_names_stay_text():
    assert "<img src=x onerror=alert(1)>" in look(held(1, name="<img src=x onerror=alert(1)>")).lead
