"""Panel's stylesheets inside the document, where no server of Panel's has them: it would ask its makers' host."""

from __future__ import annotations

from typing import Any

from bokeh.models import UIElement
from panel.io.notebook import patch_inline_stylesheets


def inline_styles(_viewable: object, root: Any, changed: Any, _old: object) -> None:
    """Hook for the outermost viewable; it is called for every part that is put into it later, too."""
    for model in changed._models[root.ref["id"]][0].select({"type": UIElement}):
        patch_inline_stylesheets(model)
