import numpy as np
import pytest

from dashboard.domain.forecast import forecast

NOW = 10_000.0


def times(*seconds):
    return np.array(seconds, dtype=float)


def test_the_rate_is_that_of_the_jobs_that_ended():
    ended = NOW - 600 + 60 * np.arange(1, 11)
    found = forecast(5, 1, np.append(np.full(10, NOW - 600), [np.nan, NOW - 10]), np.append(ended, [np.nan] * 2), NOW)
    assert found is not None
    assert found.seconds == pytest.approx(5 * 60)
    assert found.error_s == pytest.approx(5 * 60 / 10**0.5)


def test_of_many_only_the_latest_tell():
    slow, fast = NOW - 9000 + 80 * np.arange(100), NOW - 10 * np.arange(100)[::-1]
    found = forecast(50, 2, times(0), np.concatenate([slow, fast]), NOW)
    assert found is not None
    assert found.seconds == pytest.approx(50 * (NOW - slow[-1]) / 100)


@pytest.mark.parametrize(
    ("waiting", "running", "ended"),
    [(4, 4, times()), (0, 0, times(1, 2, 3)), (3, 3, times(1, 2)), (3, 0, times(1, 2, 3, 4))],
    ids=["none ended", "all ended", "too few ended", "none runs"],
)
def test_nothing_is_promised_that_is_not_known(waiting, running, ended):
    assert forecast(waiting, running, times(0), ended, NOW) is None


def test_a_start_that_is_not_known_is_done_without():
    found = forecast(2, 1, times(np.nan, np.nan, np.nan), times(NOW - 30, NOW - 20, NOW - 10), NOW)
    assert found is not None
    assert found.seconds == pytest.approx(2 * 30 / 3)
