from dashboard.plots.draughtsman import Kind, draughtsman
from dashboard.views.warming import warm


def test_nothing_of_the_jobs_page_is_left_to_draw() -> None:
    warm()
    draughtsman().thread.submit(lambda: None).result()  # done after all that was asked for before
    drawn = {Kind(name, dark, name == "timeline") for name in ("run_time", "memory", "timeline") for dark in (0, 1)}
    assert drawn <= draughtsman()._drawings.keys()
