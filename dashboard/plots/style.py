"""How plots look in either mode: the page's palette and type, a transparent background, quiet axes."""

from typing import Any

from bokeh.models import HoverTool

from dashboard.domain.palette import LINE, MUTE, STATE_COLOURS

_FONT = "system-ui, DejaVu Sans, sans-serif"


def colour(state: str, dark: bool) -> str:
    """Colour of a state of the palette as `#rrggbb`; grey for a state we do not know."""
    pair = STATE_COLOURS.get(state, MUTE)
    return pair.dark if dark else pair.light


def style(dark: bool) -> dict[str, Any]:
    """Return keyword arguments for `.opts()` of a HoloViews element or overlay (Bokeh)."""
    mute = MUTE.dark if dark else MUTE.light
    line = LINE.dark if dark else LINE.light

    def paint(plot: Any, _element: Any) -> None:
        """Set on the Bokeh figure what HoloViews has no option for."""
        figure = plot.state
        figure.background_fill_alpha = 0
        figure.border_fill_alpha = 0
        figure.outline_line_color = None
        figure.toolbar.logo = None
        # Unseen, each part of a figure weighs on its session all the same.
        figure.toolbar.tools = [tool for tool in figure.toolbar.tools if isinstance(tool, HoverTool)]
        figure.title = None
        figure.center = [part for part in figure.center if part not in figure.xgrid]
        for axis in figure.axis:
            axis.axis_line_color = line
            axis.major_tick_line_color = None
            axis.minor_tick_line_color = None
            axis.major_label_text_color = mute
            axis.major_label_text_font = _FONT
            axis.major_label_text_font_size = "11px"
            axis.axis_label_text_color = mute
            axis.axis_label_text_font = _FONT
            axis.axis_label_text_font_size = "11px"
            axis.axis_label_text_font_style = "normal"
        for grid in figure.ygrid:
            grid.grid_line_color = line
            grid.grid_line_width = 1
        for legend in figure.legend:
            legend.background_fill_alpha = 0
            legend.border_line_color = None
            legend.label_text_color = mute
            legend.label_text_font = _FONT
            legend.label_text_font_size = "11px"
        for glyphs in figure.renderers:
            # Nothing is ever selected in a plot: the looks for that would be half of all its parts.
            glyphs.selection_glyph = glyphs.nonselection_glyph = glyphs.muted_glyph = glyphs.hover_glyph = None
            glyphs.view.filter = figure.renderers[0].view.filter
            glyphs.data_source.selection_policy = figure.renderers[0].data_source.selection_policy

    # Without tools: turning the wheel over a plot moves the page, and nothing can be moved that nothing moves back.
    return {"hooks": [paint], "toolbar": None, "default_tools": [], "active_tools": []}
