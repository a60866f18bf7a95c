"""What most people never open is made when somebody does."""

from collections.abc import Callable

import pytest

from dashboard.views.late import Late
from dashboard.views.presence import Mark
from dashboard.views.words import Words


@pytest.fixture(autouse=True)
def drawn_at_once() -> None:
    """Here a browser takes its time."""


class Place(Late[Words]):
    """One that tells what has happened."""

    def __init__(self) -> None:
        self.events: list[str] = []

        def make() -> Words:
            self.events.append("made")
            return Words("part")

        super().__init__(make, self._event("drawn"))

    def _event(self, name: str) -> Callable[[], None]:
        return lambda: self.events.append(name)

    def draw(self) -> None:
        (mark,) = [part for part in self.__panel__().objects if isinstance(part, Mark)]
        mark.drawn = True


def test_it_is_made_once_and_only_when_it_is_wanted() -> None:
    place = Place()
    assert not place.made
    assert place.__panel__().objects == []
    assert not place.ready()
    assert not place.ready()
    assert place.events == ["made"]
    assert place.made
    assert place.__panel__().objects[0] is place.part


def test_it_rests_until_the_browser_has_drawn_it() -> None:
    place = Place()
    assert not place.ready()
    place.draw()
    assert place.events == ["made", "drawn"]
    assert place.ready()


def test_with_the_page_around_it_it_need_not_rest() -> None:
    place = Place()
    place.begin()
    assert place.ready()
    assert place.__panel__().objects == [place.part]


def test_what_could_not_be_made_is_tried_again() -> None:
    tried = []

    def make() -> Words:
        tried.append(len(tried))
        if len(tried) == 1:
            raise RuntimeError("not yet")
        return Words("part")

    place = Late(make, lambda: None)
    with pytest.raises(RuntimeError, match="not yet"):
        place.ready()
    assert not place.made
    place.ready()
    assert place.made
