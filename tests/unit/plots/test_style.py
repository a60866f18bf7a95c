import holoviews as hv
import pytest

from dashboard.domain.palette import MUTE, STATE_COLOURS
from dashboard.plots.style import colour, style


@pytest.mark.parametrize("dark", [False, True])
def test_plot_takes_the_mode(dark):
    hv.extension("bokeh")
    element = hv.Histogram(([0, 1, 2], [3, 4])).opts(color=colour("done", dark), **style(dark))
    figure = hv.render(element, backend="bokeh")
    mute = MUTE.dark if dark else MUTE.light
    assert figure.background_fill_alpha == figure.border_fill_alpha == 0
    assert {axis.major_label_text_color for axis in figure.axis} == {mute}
    assert figure.toolbar.logo is None
    assert figure.toolbar.tools == []
    assert figure.xgrid == []
    assert len(figure.ygrid) == 1


def test_colour_of_an_unknown_state_is_grey():
    assert colour("held", dark=True) == STATE_COLOURS["held"].dark
    assert colour("whatever", dark=False) == MUTE.light
