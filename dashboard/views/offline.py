"""Stylesheets of a document without a server of Panel's: each is sent once, and none is asked from another host."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from bokeh.models import ImportedStyleSheet, InlineStyleSheet, UIElement
from panel.io.resources import CDN_DIST, DIST_DIR, LOCAL_DIST


class Sheets(dict[str, Any]):
    """The stylesheets of one document by address or text, as `panel.state` keeps them; Panel's own with their text.

    Panel would send ten of them with every widget, and again from its makers' host when a pane changes.
    """

    def __contains__(self, url: object) -> bool:
        # Which of both addresses Panel gives depends on what another thread is displaying at this moment.
        if isinstance(url, str) and url.startswith((CDN_DIST, LOCAL_DIST)) and not super().__contains__(url):
            file = DIST_DIR / url.removeprefix(CDN_DIST).removeprefix(LOCAL_DIST).partition("?")[0]
            if file.is_file():
                text = b64encode(file.read_bytes()).decode()
                # setdefault: one object under both addresses.
                sheet = self.setdefault(str(file), ImportedStyleSheet(url=f"data:text/css;base64,{text}"))
                super().__setitem__(url, sheet)
        return super().__contains__(url)

    def get(self, url: str, default: Any = None) -> Any:
        """As for any dict; Panel asks this way from 1.10 on."""
        found = url in self  # which may bring it
        return super().get(url, default) if found else default

    def __setitem__(self, url: str, sheet: Any) -> None:
        if url not in self:  # Panel does not ask before the first
            super().__setitem__(url, sheet)

    def share(self, _viewable: object, root: Any, changed: Any, _old: object) -> None:
        """Hook for the outermost viewable: all models of a part that is new refer to the same stylesheets."""
        for model in changed._models[root.ref["id"]][0].select({"type": UIElement}):
            model.stylesheets = [self._ours(sheet) for sheet in model.stylesheets]

    def _ours(self, sheet: Any) -> Any:
        if isinstance(sheet, InlineStyleSheet):
            return self.setdefault(sheet.css, sheet)
        if isinstance(sheet, ImportedStyleSheet) and sheet.url in self:
            return self[sheet.url]
        return sheet
