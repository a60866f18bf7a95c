from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from dashboard.views import marks

ALLOWED = {"span", "div", "b", "i"}


class Reader(HTMLParser):
    """What a browser would see: the tags, the attributes and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


hostile = st.text() | st.sampled_from(
    ["<img src=x onerror=alert(1)>", '" onload="x', "</span><script>", "&lt;b&gt;", "'"]
)
# Line ends are the parser's to normalise; nothing else of the text may change.
plain = hostile.map(lambda text: text.replace("\r", " ").replace("\x00", " "))


@given(plain, plain, st.integers(0, 10**9))
def test_nothing_from_outside_becomes_markup(one, two, count):
    made = [
        marks.sub(one),
        marks.title(one, two),
        marks.heading(one, two),
        marks.state(one, two),
        marks.chip(one, count, two),
        marks.chips({one: count}),
        marks.alert(one, two),
        marks.pill(one, two, one),
        marks.health(one, two),
        marks.bar({one: count, two: 1}),
    ]
    for html in made:
        seen = read(html)
        assert seen.tags <= ALLOWED
        assert seen.attributes <= {"class", "style", "title", "role", "aria-label", "aria-hidden"}


@given(plain)
def test_text_is_shown_as_it_is(text):
    assert read(marks.sub(text)).text == text


def test_bar_never_overflows_and_speaks():
    html = marks.bar({"done": 1420, "running": 240, "idle": 0}, total=1000)
    assert 'aria-label="1,420 done, 240 running"' in html
    assert "width:85.542%" in html
    assert "nothing yet" in marks.bar({})
    assert 'title="1 stuck, 2 done"' in marks.bar({"held": 1, "done": 2}, names={"held": "stuck"})


def test_health_says_what_is_shown_and_when():
    at = datetime(2026, 11, 22, 14, 3, 22, tzinfo=UTC)
    assert read(marks.health("HTCondor", "ok", as_of=at)).text == "HTCondor ok as of 14:03:22"
    assert read(marks.health("HTCondor", "ok", as_of=at, every="10 s")).text == "HTCondor ok asked every 10 s"
    assert read(marks.health("Rucio", "stale", "not answering", at)).text == "Rucio not answering showing 14:03:22"
    assert "cy-is-held" in marks.health("Rucio", "stale")


def test_chip_counts_with_separators():
    assert read(marks.chip("done", 8457)).text == "Done 8,457"
