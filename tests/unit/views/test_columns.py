import pytest

from dashboard.views.table import Column, Table

COLUMNS = [Column("name", "Batch", sub_key="sub", strong=True), Column("total", "Total", "number")]


def test_columns_reach_the_browser_as_plain_dicts():
    assert Table(COLUMNS).columns[1] == {
        "key": "total",
        "title": "Total",
        "kind": "number",
        "width": None,
        "sortable": True,
        "sub_key": None,
        "tip_key": None,
        "strong": False,
        "wrap": False,
        "spare": False,
    }


def test_equal_rows_are_not_sent_again():
    table = Table(COLUMNS, rows=[{"id": "1", "name": "a", "total": 3}])
    sent = []
    table.param.watch(sent.append, "rows")
    table.rows = [{"id": "1", "name": "a", "total": 3}]
    assert sent == []
    table.rows = [{"id": "1", "name": "a", "total": 4}]
    assert len(sent) == 1


def test_page_cannot_be_below_the_first():
    with pytest.raises(ValueError, match="page"):
        Table(COLUMNS, page=0)
