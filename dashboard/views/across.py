"""Things side by side where there is room, below each other where it is narrow."""

from dashboard.views.stack import Stack


def across(*things: object, least: int, gap: str = "12px", padding: str = "0") -> Stack:
    """Columns of equal width, none narrower than `least` pixels unless the page is."""
    return Stack(
        *things,
        margin=0,
        sizing_mode="stretch_width",
        styles={
            "display": "grid",
            "grid-template-columns": f"repeat(auto-fit, minmax(min({least}px, 100%), 1fr))",
            "align-items": "stretch",
            "gap": gap,
            "padding": padding,
        },
    )
