from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.backends.rucio.sweep import ROUND, Sweep, windows

times = st.lists(st.integers(0, 50), max_size=60)


@given(times, st.integers(1, 10))
@example([0, 0, 0, 0, 0, 1], 2)
def test_windows_part_all_time_and_hold_about_so_many(made: list[int], size: int) -> None:
    parts = windows(made, size)
    for moment in range(-1, 52):
        assert sum(part.holds(moment) for part in parts) == 1
    for part in parts:
        held = [moment for moment in made if part.holds(moment)]
        # Rules made in one second stay together, whatever their number.
        assert not held or len(held) - held.count(min(held)) <= size


@given(times, st.lists(st.floats(0, ROUND / 2), min_size=1, max_size=50))
def test_a_round_compares_every_rule_once_however_rare_the_ticks(made: list[int], pauses: list[float]) -> None:
    rows = {str(number): {"created": moment} for number, moment in enumerate(made)}
    sweep, now, compared, rounds = Sweep(), 0.0, [], 0
    sweep.begin(rows, now)
    for pause in pauses:
        now += pause
        if window := sweep.due(now):
            compared += [rule for rule, row in rows.items() if window.holds(row["created"])]
            if window.last is None:
                assert sorted(compared) == sorted(rows)
                compared, rounds = [], rounds + 1
            sweep.done(window, rows, now)
    assert rounds >= int(sum(pauses) / (2 * ROUND))


def test_nothing_is_due_at_once_and_all_within_a_round() -> None:
    sweep = Sweep()
    sweep.begin({}, 100.0)
    assert sweep.due(100.0 + ROUND - 1) is None
    assert sweep.due(100.0 + ROUND) == (None, None)
