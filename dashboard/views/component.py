"""What our own components have in common."""

from typing import Any

import panel as pn
from panel.custom import JSComponent
from panel.reactive import Reactive
from param.parameterized import batch_call_watchers


class Quick(Reactive):
    """For a component that changes often: Panel would put its stylesheets together anew for every change."""

    def _update_properties(self, *events: Any, doc: Any) -> dict[str, Any]:
        if any(event.name == "stylesheets" for event in events):
            return dict(super()._update_properties(*events, doc=doc))
        return dict(self._process_param_change({event.name: event.new for event in events}))

    def put(self, **values: Any) -> None:
        """Set the parameters that differ, at once; param's `update` reads all there are, and looks into tables."""
        changed = {name: value for name, value in values.items() if value != getattr(self, name)}
        if changed:
            with batch_call_watchers(self):
                for name, value in changed.items():
                    setattr(self, name, value)


class Component(Quick, JSComponent):
    """A component drawn by JavaScript of ours."""

    __abstract = True


class Button(Quick, pn.widgets.Button):
    """Panel's button."""
