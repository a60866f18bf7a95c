"""Sizes of the rules' data, which rules themselves tell of closed datasets and files only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rucio.common.exception import DataIdentifierNotFound

from dashboard.backends.sent import Row

TOGETHER, ALONE = 500, 5
"""Sizes asked for in one tick at most: of datasets in one request, and of others one by one."""


class Sizes:
    """Sizes by data identifier and number of files: asked for once, a few at a time, so that no tick takes long."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], float | None] = {}
        self._missing: dict[str, None] = {}

    def put(self, client: Any, rows: dict[str, Row], sent: Mapping[str, Row], gone: Iterable[str]) -> None:
        """Put sizes into rows about to be sent; rows sent without one are added when it has become known."""
        for rule_id, row in rows.items():
            if row["bytes"] is None:
                row["bytes"] = self._known.get(_key(row))
                if _key(row) not in self._known:
                    self._missing[rule_id] = None
        for rule_id in gone:
            self._missing.pop(rule_id, None)
        if not self._missing:
            return
        current = {
            rule_id: rows.get(rule_id) or sent[rule_id]
            for rule_id in self._missing
            if rule_id in rows or rule_id in sent
        }
        # Those made last are what people see first.
        waiting = sorted(current, key=lambda rule_id: -(current[rule_id]["created"] or 0))
        self._ask(client, [current[rule_id] for rule_id in waiting])
        for rule_id in waiting:
            if (key := _key(current[rule_id])) in self._known:
                rows[rule_id] = current[rule_id] | {"bytes": self._known[key]}
        self._missing = {rule_id: None for rule_id in waiting if _key(current[rule_id]) not in self._known}

    def _ask(self, client: Any, rows: list[Row]) -> None:
        datasets = {row["did"]: row for row in rows if row["did_type"] == "DATASET"}
        some = list(datasets.values())[:TOGETHER]
        told = _datasets(client, some) if some else {}
        alone = []
        for row in some:
            files, size = told.get(row["did"], (0, 0))
            # A server counts the files of a replica a little later: what does not fit is asked for by itself.
            if files and files * (row["copies"] or 1) == _key(row)[1]:
                self._known[_key(row)] = float(size)
            else:
                alone.append(row)
        alone += [row for row in rows if row["did_type"] != "DATASET"]
        for row in alone[:ALONE]:
            self._known[_key(row)] = _one(client, row)


def _key(row: Row) -> tuple[str, int]:
    return str(row["did"]), int(row["ok"] + row["replicating"] + row["stuck"])


def _datasets(client: Any, rows: list[Row]) -> dict[str, tuple[int, int]]:
    """Files and bytes of datasets, by DID (REST: POST /replicas/datasets_bulk)."""
    asked = [{"scope": row["scope"], "name": row["name"], "type": "DATASET"} for row in rows]
    told: dict[str, tuple[int, int]] = {}
    for replica in client.list_dataset_replicas_bulk(asked):
        did = f"{replica['scope']}:{replica['name']}"
        told[did] = max(told.get(did, (0, 0)), (int(replica["length"] or 0), int(replica["bytes"] or 0)))
    return told


def _one(client: Any, row: Row) -> float | None:
    """Bytes of anything (REST: GET /dids/{scope}/{name}?dynamic_depth=FILE)."""
    try:
        told = client.get_did(row["scope"], row["name"], dynamic_depth="FILE")
    except DataIdentifierNotFound:
        return None
    return float(told["bytes"]) if told.get("bytes") else None
