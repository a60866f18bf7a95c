import panel as pn
from bokeh.document import Document

from dashboard.views.words import Words


def test_a_browser_is_given_what_a_pane_of_panel_gives() -> None:
    said = "<b>5 & 7 jobs</b>"
    ours, panels = (kind(said, margin=0).get_root(Document()) for kind in (Words, pn.pane.HTML))
    assert type(ours) is type(panels)
    for name in ("text", "disable_math", "margin", "css_classes", "sizing_mode", "visible", "styles"):
        assert getattr(ours, name) == getattr(panels, name), name
    assert Words("").margin == pn.pane.HTML("").margin


def test_another_text_is_the_only_thing_that_changes() -> None:
    words, document = Words("one"), Document()
    model = words.get_root(document)
    document.add_root(model)
    changes = []
    document.on_change(changes.append)
    words.object = "<i>two</i>"
    words.object = "<i>two</i>"
    words.visible = False
    assert [(change.attr, change.new) for change in changes] == [
        ("text", "&lt;i&gt;two&lt;/i&gt;"),
        ("visible", False),
    ]
