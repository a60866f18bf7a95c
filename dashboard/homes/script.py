"""A cell as a script: the body of a function of ``index``, run by each job of a batch."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import textwrap

SCRIPT = '''#!/usr/bin/env python3
"""Made by %%condor --python."""

import json
import sys


def job(index):
{body}


cluster, index = sys.argv[1:]
result = job(int(index))
with open(f"result.{{cluster}}.{{index}}.json", "w") as file:
    json.dump(result, file, default=str)
'''

_THERE = {"job", "cluster", "__file__", "__name__", "__doc__", *dir(builtins)}
"""Names a script knows, and those it imports."""


def source(cell: str) -> str:
    """The script.

    Raises
    ------
    SyntaxError
        When the cell is not the body of a function.
    """
    made = SCRIPT.format(body=_indented(_body(cell)))
    ast.parse(made)
    return made


def name(cell: str) -> str:
    """What a cell calls itself: the comment in its first line, otherwise the first function it defines."""
    body = _body(cell)
    first = body.strip().partition("\n")[0]
    comment = re.sub(r"[^\w .,:;+=<>()/-]+", " ", first) if first.startswith("#") else ""
    named = (node.name for node in ast.parse(body).body if isinstance(node, ast.FunctionDef))
    return textwrap.shorten(comment, 40, placeholder=" …") or next(named, "")


def unknown(source: str) -> list[str]:
    """Names a script uses and never defines, in their order."""
    module = symtable.symtable(source, "cell", "exec")
    known = _THERE | {symbol.get_name() for symbol in module.get_symbols() if symbol.is_imported()}
    used: dict[str, None] = {}
    scopes = module.get_children()
    while scopes:
        scope = scopes.pop(0)
        scopes = [*scope.get_children(), *scopes]
        for symbol in scope.get_symbols():
            if symbol.is_global() and (symbol.is_assigned() or symbol.is_imported()):
                known.add(symbol.get_name())
            elif symbol.is_global():
                used[symbol.get_name()] = None
    return [name for name in used if name not in known]


def _body(cell: str) -> str:
    return textwrap.dedent(cell).strip("\n") or "pass"


def _indented(text: str) -> str:
    """The text, indented where that does not change what it means: not within strings of several lines."""
    within = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno
        for line in range(node.lineno + 1, node.end_lineno + 1)
    }
    lines = enumerate(text.split("\n"), 1)
    return "\n".join(line if number in within or not line.strip() else f"    {line}" for number, line in lines)
