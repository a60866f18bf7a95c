from dashboard.backends.htcondor.feed import latest


def ad(proc: int, status: int, since: int) -> dict[str, int]:
    return {"ClusterId": 7, "ProcId": proc, "JobStatus": status, "EnteredCurrentStatus": since}


def test_a_job_that_leaves_between_the_two_questions_has_left() -> None:
    present, finished = latest([ad(0, 2, 100), ad(1, 2, 100)], [ad(0, 4, 105)])
    assert set(present) == {"7.1"}
    assert finished["7.0"]["JobStatus"] == 4


def test_a_job_that_ends_in_the_second_it_started_has_left() -> None:
    present, finished = latest([ad(0, 2, 100)], [ad(0, 4, 100)])
    assert (set(present), set(finished)) == (set(), {"7.0"})


def test_an_id_given_again_is_the_new_job() -> None:
    present, finished = latest([ad(0, 1, 200)], [ad(0, 4, 100)])
    assert (set(present), set(finished)) == ({"7.0"}, set())
