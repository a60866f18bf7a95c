"""The form that brings data to an RSE: completion, the RSEs meant, and the quota, shown before asking."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import panel as pn
from panel.viewable import Viewer

from dashboard.domain import did as dids
from dashboard.domain import quota, units
from dashboard.domain.problem import Problem
from dashboard.models.session import Session
from dashboard.views import marks, rule_words
from dashboard.views.combobox import Combobox
from dashboard.views.component import Button
from dashboard.views.field import Field, row
from dashboard.views.stack import Stack
from dashboard.views.words import Words
from dashboard.workspace.jobs import seconds
from dashboard.workspace.once import new_id

SETTLED = 0.3
"""Seconds without a key stroke after which Rucio is asked."""

SUGGESTED = 12
"""How many suggestions are shown."""

RSES = 8
"""Of how many RSEs the quota is shown."""

_LAST_TERM = re.compile(r"[^|&\\()\s]*$")


class StageForm(Viewer):
    """Asks for a rule; ``staged(rule_id)`` is called with the one made."""

    def __init__(self, session: Session, staged: Callable[[str], None], closed: Callable[[], None]) -> None:
        super().__init__()
        self._session = session
        self._staged = staged
        self._id = new_id()
        self._busy = False
        self._scopes: list[str] | None = None
        self._size: float | None = None
        self._rses: list[str] = []
        text, number = pn.widgets.TextInput, pn.widgets.IntInput
        self.did = Field(Combobox(label="Data identifier (DID)", placeholder="scope:name"), grow=3, basis=320)
        self.rse = Field(
            Combobox(label="To: RSE or RSE expression", placeholder="LAB-DISK, or tier=2&country=DE"), 2, 240
        )
        self.lifetime = Field(text(label="Lifetime", value="7d", placeholder="until deleted"), basis=90)
        self.copies = Field(number(label="Copies", value=1), basis=70)
        self.button = Button(label="Stage", color="primary", margin=0, on_click=self._stage)
        close = Button(label="Close", margin=0, on_click=lambda _: closed())
        self._quota = Words("", margin=0, visible=False, sizing_mode="stretch_width")
        self._refused = Words(
            "",
            margin=0,
            visible=False,
            css_classes=["cy-alert", "cy-bad"],
            sizing_mode="stretch_width",
            styles={"padding": "9px 14px"},
        )
        self._layout = Stack(
            Words(marks.title("Stage data", "have Rucio bring a dataset, container or file to an RSE"), margin=0),
            row(self.did, self.rse, self.lifetime, self.copies),
            self._quota,
            self._refused,
            pn.Row(self.button, pn.Spacer(width=8), close, margin=0),
            css_classes=["cy-card"],
            margin=0,
            sizing_mode="stretch_width",
            styles={"padding": "14px 16px", "gap": "12px"},
        )
        self.did.on_change(self._did_typed)
        self.rse.on_change(self._rse_typed)
        for field in (self.lifetime, self.copies):
            field.on_change(partial(self._edited, field))
        first = next((mount.rse for mount in session.workspace.settings.rucio.mounts), "")
        if first:
            self.rse.show(first)
            self._rses = [first]
        self.suggest_rses()

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def begin(self, did: str) -> None:
        """Begin anew for a DID, with the cursor where the RSE is to be said."""
        for field, value in ((self.did, did), (self.rse, "")):
            field.show(value)
            self._edited(field)
        self._rses = []
        self._did_typed()
        self.rse.widget.focus += 1

    def update(self) -> None:
        """Show the quota as it is now."""
        lines = [quota.sentence(self._table("usage"), rse, self._size) for rse in self._rses[:RSES]]
        if len(self._rses) > RSES:
            lines.append(f"and {len(self._rses) - RSES:,} more RSEs")
        shown = "".join(f"<li>{escape(line)}</li>" for line in lines)
        self._quota.param.update(
            object=f'{marks.sub("Your quota")}<ul style="margin: 2px 0 0; padding-left: 18px">{shown}</ul>',
            visible=bool(lines),
        )

    def _table(self, name: str) -> Any:
        return self._session.rules.totals.get(name) if self._session.rules else None

    # Completion

    def _edited(self, field: Field) -> None:
        """Another content is another action; what was said of the old one no longer holds."""
        self._id = new_id()
        field.tell("")
        self._refused.visible = False

    def _did_typed(self) -> None:
        self._edited(self.did)
        self._size = None
        self.update()
        pn.state.execute(self._complete_soon)

    async def _complete_soon(self) -> None:
        typed = self.did.value
        await asyncio.sleep(SETTLED)
        if typed == self.did.value:
            await self.complete()

    async def complete(self) -> None:
        """Suggest scopes or data identifiers for what is typed, and say how large it is when it is one."""
        typed = self.did.value.strip()
        try:
            options = await (self._names(typed) if ":" in typed else self._scopes_like(typed))
            known = ":" in typed and (not options or any(option["value"] == typed for option in options))
            told = await asyncio.to_thread(self._session.workspace.rules.did, typed) if known else None
        except Problem as problem:
            if typed == self.did.value.strip():
                self.did.widget.options = []
                self.did.tell(problem.sentence if typed else "")
            return
        if typed == self.did.value.strip():
            self.did.widget.options = [option for option in options if option["value"] != typed]
            self._size = told["bytes"] if told else None
            self.did.tell(_told(told), wrong=False)
            self.update()

    async def _scopes_like(self, typed: str) -> list[dict[str, Any]]:
        if self._scopes is None:
            self._scopes = await asyncio.to_thread(self._session.workspace.rules.scopes)
        found = [scope for scope in self._scopes if typed.casefold() in scope.casefold()]
        return [{"value": f"{scope}:", "detail": "scope", "more": True} for scope in found[:SUGGESTED]]

    async def _names(self, typed: str) -> list[dict[str, Any]]:
        def find(pattern: str, kind: str) -> list[dict[str, Any]]:
            return list(self._session.workspace.rules.find(pattern, kind, SUGGESTED))

        pattern = typed if typed.endswith("*") else f"{typed}*"
        found = await asyncio.to_thread(find, pattern, "collection")
        found = found or await asyncio.to_thread(find, pattern, "file")
        return [{"value": str(one["did"]), "detail": _told(one)} for one in found]

    def _rse_typed(self) -> None:
        self._edited(self.rse)
        self.suggest_rses()
        pn.state.execute(self._expand_soon)

    def suggest_rses(self) -> None:
        """Suggest RSEs for the last term of the expression."""
        known = self._table("rses")
        typed = self.rse.value
        term = _LAST_TERM.search(typed)
        last = term[0] if term else ""
        names = [] if known is None else [str(name) for name in known.index if last.casefold() in str(name).casefold()]
        self.rse.widget.options = [
            {
                "value": typed[: len(typed) - len(last)] + name,
                "detail": "on this machine" if known.at[name, "mounted"] else "",
            }
            for name in names[:SUGGESTED]
            if name != last
        ]

    async def _expand_soon(self) -> None:
        typed = self.rse.value
        await asyncio.sleep(SETTLED)
        if typed == self.rse.value:
            await self.expand()

    async def expand(self) -> None:
        """Show which RSEs the expression means, and the quota there."""
        typed = self.rse.value.strip()
        sentence, found, wrong = "", [], False
        if typed:
            try:
                found = await asyncio.to_thread(self._session.workspace.rules.rses, typed)
                sentence = f"= {', '.join(found)}" if found != [typed] else ""
            except Problem as problem:
                sentence, wrong = problem.sentence, True
        if typed == self.rse.value.strip():
            self._rses = found
            self.rse.tell(sentence, wrong=wrong)
            self.update()

    # Asking

    def check(self) -> bool:
        """Whether everything can be asked; what cannot is said at its field."""
        said = dict.fromkeys((self.did, self.rse, self.lifetime, self.copies), "")
        try:
            dids.parse(self.did.value)
        except Problem as problem:
            said[self.did] = problem.sentence if self.did.value.strip() else "Say what to stage: scope:name."
        if not self.rse.value.strip():
            said[self.rse] = "Say where to: an RSE, or an expression that means some."
        try:
            if self.lifetime.value.strip() and not seconds(self.lifetime.value).total_seconds():
                said[self.lifetime] = "A rule without lifetime is deleted at once: write for example 7d, or nothing."
        except Problem as problem:
            said[self.lifetime] = problem.sentence
        if (self.copies.value or 0) < 1:
            said[self.copies] = "Ask for one copy at least."
        for field, sentence in said.items():
            if sentence:
                field.tell(sentence)
        return not any(said.values())

    async def _stage(self, _event: object = None) -> None:
        if self._busy or not self.check():
            return
        self._busy = True
        self._refused.visible = False
        self.button.param.update(label="Asking Rucio…", disabled=True)
        stage = partial(
            self._session.workspace.stage,
            self.did.value.strip(),
            self.rse.value.strip(),
            self.lifetime.value.strip() or None,
            self.copies.value,
            action_id=self._id,
        )
        try:
            staging = await asyncio.to_thread(stage)
        except Problem as problem:
            words = f'<span role="alert" class="cy-text"><b>Not staged.</b> {escape(problem.sentence)}</span>'
            self._refused.param.update(object=words, visible=True)
        else:
            self._id = new_id()
            self._staged(staging.rule_id)
        finally:
            self._busy = False
            self.button.param.update(label="Stage", disabled=False)


def _told(did: dict[str, Any] | None) -> str:
    """Type, files and size of a data identifier, as far as they are known."""
    if not did:
        return ""
    parts = [str(did["type"])]
    if did.get("length") is not None and did["type"] != "file":
        parts.append(rule_words.files(int(did["length"])))
    if did.get("bytes") is not None:
        parts.append(units.size(did["bytes"]))
    return ", ".join(parts)
