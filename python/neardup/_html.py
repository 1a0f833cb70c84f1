# SPDX-License-Identifier: MIT
"""Results in a notebook. Every text is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from .result import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .result import Check, Result, Table

_RIGHT = "text-align:right;padding:1px 12px;white-space:nowrap"
_LEFT = "text-align:left;padding:1px 12px;white-space:nowrap"
_CUT = "text-align:left;padding:1px 12px;max-width:40em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
_ROWS_SHOWN = 10
_EXACT = 0  # of result.WORDS["reason"]
_DOCUMENT, _LINE = 1, 4


def _cell(value: Any, style: str) -> str:
    return f'<td style="{style}">{escape(str(value))}</td>'


def _table(caption: str, rows: Iterable[Iterable[str]], head: Iterable[str] = ()) -> str:
    top = "".join(f'<th style="{_LEFT}">{escape(name)}</th>' for name in head)
    top = f"<thead><tr>{top}</tr></thead>" if top else ""
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    caption = f'<caption style="text-align:left;font-weight:bold;padding:6px 12px">{escape(caption)}</caption>'
    return f"<table>{caption}{top}<tbody>{body}</tbody></table>"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{int(value * 10000) / 10000:g}"  # cut off, never rounded up to 1
    return "" if value is None else str(value)


def table_html(table: Table) -> str:
    names = [name for name in table.column_names if name not in table._hidden]
    rows = []
    for i in range(min(len(table), _ROWS_SHOWN)):
        row = table.row(i)
        rows.append([_cell(_shown(row[name]), _LEFT if isinstance(row[name], str) else _RIGHT) for name in names])
    more = f", the first {_ROWS_SHOWN}" if len(table) > _ROWS_SHOWN else ""
    return _table(f"{grouped(len(table))} rows{more}", rows, names)


# ---- a result --------------------------------------------------------------------------------------------------------


def _summary(result: Result) -> str:
    s = result.summary
    rows = [("documents", s["documents"])]
    if result._job["units"] & _DOCUMENT:
        rows += [("exact duplicates", s["exact"]), ("near-duplicates", s["near"]),
                 *([("contained", s["contained"])] if s["contained"] else []), ("kept", s["kept"])]  # fmt: skip
    parts = s.get("paragraphs")
    if parts:
        name = "lines" if result._job["units"] & _LINE else "paragraphs"
        rows += [(name, parts["count"]), (f"{name} cut", sum(parts[k] for k in ("exact", "near", "contained", "boilerplate")))]
    rows.append(("clusters", s["clusters"] + (parts["clusters"] if parts else 0)))
    if s["largest_cluster"]:
        rows.append(("largest cluster", s["largest_cluster"]))
    rows += [(name, s[key]) for name, key in (("without a word", "empty"), ("cannot be read", "invalid")) if s[key]]
    return _table("neardup", ([_cell(name, _LEFT), _cell(grouped(value), _RIGHT)] for name, value in rows))


def _histogram(result: Result) -> str:
    """Of the similarity of everything removed to its keeper: a bar for each tenth, and one for exact copies."""
    bins = [0] * 11
    for score, reason in zip(result.decisions["jaccard"], result.decisions["reason"]):
        bins[10 if reason == _EXACT else min(int(score * 10), 9)] += 1
    most = max(bins)
    if most == 0:
        return ""
    first = next(i for i, n in enumerate(bins) if n)
    rows = []
    for i in range(first, 11):
        name = "exact" if i == 10 else f"{i / 10:.1f} to {(i + 1) / 10:.1f}"
        width = max(1, round(240 * bins[i] / most)) if bins[i] else 0
        bar = f'<td><div style="background:#4a7ebb;height:.8em;width:{width}px"></div></td>'
        rows.append([_cell(name, _LEFT), bar, _cell(grouped(bins[i]), _RIGHT)])
    return _table("similarity of what is removed", rows)


def _clusters(result: Result) -> str:
    if not result._examples:
        return ""
    rows, d = [], result.decisions
    shown = {row for _, texts in result._examples for row, _ in texts}
    scores = {row: i for i, row in enumerate(d["row"]) if row in shown}
    for i, texts in result._examples:
        cluster = result._cluster(i)
        copies = len(cluster["members"])
        for k, (row, text) in enumerate(texts):
            number = f"{cluster['number']} ({grouped(copies)} removed)" if k == 0 else ""
            decision = d.row(scores[row]) if row in scores else {}
            role = "keeper" if row == cluster["keeper"] else decision.get("reason", "")
            if role == "near":
                role = f"near {_shown(decision['jaccard'])}"
            rows.append([_cell(number, _LEFT), _cell(row, _RIGHT), _cell(role, _LEFT), _cell(" ".join(text.split()), _CUT)])
    return _table("largest clusters", rows, ("cluster", "row", "", "text"))


def result_html(result: Result) -> str:
    return f"<div>{_summary(result)}{_histogram(result)}{_clusters(result)}</div>"


# ---- a check ---------------------------------------------------------------------------------------------------------


def check_html(check: Check) -> str:
    rows = (
        [_cell("ok" if rule.passed else "FAILED", _LEFT), _cell(rule.message, _LEFT)] for rule in check.rules
    )
    leaks = table_html(check.leaks) if check.leaks is not None and len(check.leaks) else ""
    return f"<div>{_table('neardup check: ' + ('passed' if check.passed else 'FAILED'), rows)}{leaks}</div>"
