"""What our own components have in common."""

from typing import Any

from panel.custom import JSComponent


class Component(JSComponent):
    """A component drawn by JavaScript of ours."""

    __abstract = True

    def _update_properties(self, *events: Any, doc: Any) -> dict[str, Any]:
        if any(event.name == "stylesheets" for event in events):
            return dict(super()._update_properties(*events, doc=doc))
        # Panel would put its stylesheets together anew for every change.
        return dict(self._process_param_change({event.name: event.new for event in events}))

    def put(self, **values: Any) -> None:
        """Set the parameters that differ. To param itself it takes milliseconds to see that a table stays the same."""
        changed = {name: value for name, value in values.items() if value != getattr(self, name)}
        if changed:
            self.param.update(**changed)
