"""Our table: rows are known by id, so that selection, focus and scroll survive every update; cells are text only."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import param

from dashboard.resources import resource
from dashboard.views.component import Component
from dashboard.views.copy_button import CLIPBOARD
from dashboard.views.design import THEME

Kind = Literal["text", "number", "state", "bar", "copy", "name"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column; `key` names the value in each row.

    The value of a cell is, by `kind`:

    - ``text``: a string; `sub_key` names a second, muted string behind it, `tip_key` a longer one to hover over.
    - ``number``: right-aligned; a string as formatted by Python, or an int shown with thousands separators.
    - ``state``: ``[state of the palette, words]``, or the state alone.
    - ``bar``: list of ``[state, fraction of the full width, count]``, and a word for the count if not the state.
    - ``copy``: a string with a button that copies it; the button alone where there is less room.
    - ``name``: a string in one line that takes what room is left; its middle gives way, its end stays.

    `width` is in pixels: the least of a name or a text that may `wrap` into two lines or three, else the most of a
    cell. A `spare` column is left out where there is little room.
    """

    key: str
    title: str
    kind: Kind = "text"
    width: int | None = None
    sortable: bool = True
    sub_key: str | None = None
    tip_key: str | None = None
    strong: bool = False
    wrap: bool = False
    spare: bool = False


class Table(Component):
    """Rows of one page, sorted and cut by the server; what the person does comes back as parameters to watch."""

    columns = param.List(default=[], doc="The columns as dicts; pass `Column`s to the constructor.")
    rows = param.List(
        default=[],
        doc="""
        The rows of this page: dicts with a unique string "id" and one value per column. Assign a new list;
        an equal one is not sent, and of another only the changed cells are redrawn.""",
    )
    total = param.Integer(default=0, bounds=(0, None), doc="Number of rows on all pages.")
    page = param.Integer(default=1, bounds=(1, None), doc="Page shown, from 1. Set by the browser.")
    page_size = param.Integer(default=50, bounds=(1, 1000), doc="Rows in a full page.")
    sort = param.String(default="", doc="Key of the sorted column, with a minus when descending. Set by the browser.")
    selectable = param.Selector(default="none", objects=["none", "one", "many"], doc="How many rows can be selected.")
    selected = param.List(default=[], doc="Ids of the selected rows, of all pages. Set by the browser: check them.")
    opens = param.Boolean(default=True, doc="Whether a click or Enter opens a row.")
    opened = param.String(default="", doc="Id of the open row, or empty. Set by the browser: check it.")
    empty = param.String(default="Nothing here.", doc="What to say when there are no rows.")
    caption = param.String(default="", doc="Name of the table for screen readers.")

    _esm = CLIPBOARD + resource("assets/table.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [THEME, resource("assets/table.css").read_text(encoding="utf-8")]

    def __init__(self, columns: Sequence[Column] = (), **params: Any) -> None:
        params.setdefault("sizing_mode", "stretch_width")
        super().__init__(columns=[asdict(column) for column in columns], **params)
