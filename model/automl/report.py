"""The report of a search: one self-contained HTML page."""

from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; max-width: 46rem; margin: 2.5rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem } p, li { max-width: 42rem }
table { border-collapse: collapse } td, th { padding: .3rem .9rem .3rem 0; text-align: left; vertical-align: top }
thead th { border-bottom: 1px solid #c9d1d9; font-weight: 600 } td.n, th.n { text-align: right }
tbody tr:first-child td { font-weight: 600 } table.plain tbody tr td { font-weight: 400 }
svg { max-width: 100%; height: auto; margin-top: 1rem }
"""


def page(data: str, target: str, result: dict[str, Any]) -> str:
    """Return the page.

    Args:
        data: name of the data file.
        target: the predicted column.
        result: as `model.automl.search` returns it, with `plots`.
    """
    best = result["leaderboard"][0]
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(target)} by AutoML</title><style>{_STYLE}</style>
<h1>{escape(target)}, predicted from {escape(data)}</h1>
<p>The best of {sum(row["trials"] for row in result["leaderboard"])} models is a
<b>{escape(result["pipeline"])}</b> ({escape(best["learner"])}). It was fitted again on all {result["rows"]:,} rows.</p>
<h2>Scores on {result["held_out"]:,} held-out rows</h2>
{_scores(result)}
{"".join(result["plots"])}
<h2>Leaderboard</h2>
<p>Loss = 1 - {escape(result["metric"])}, cross-validated or on a validation set; lower is better.</p>
{_leaderboard(result)}
<h2>Columns</h2>
{_columns(result)}
</html>
"""


def _table(head: list[str], rows: list[list[str]], style: str = "") -> str:
    numbers = [False] + [True] * (len(head) - 1)
    cells = [" class=n" if number else "" for number in numbers]
    top = "".join(f"<th{cell}>{escape(text)}</th>" for cell, text in zip(cells, head, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{cell}>{escape(text)}</td>" for cell, text in zip(cells, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table class='{style}'><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _scores(result: dict[str, Any]) -> str:
    baseline = "most frequent class" if result["task"] == "classification" else "mean"
    rows = [[name, f"{value:.3f}", f"{result['baseline'][name]:.3f}"] for name, value in result["scores"].items()]
    return _table(["", "model", f"constant prediction ({baseline})"], rows, "plain")


def _leaderboard(result: dict[str, Any]) -> str:
    rows = [
        [row["learner"], f"{row['loss']:.4f}", str(row["trials"]), f"{row['seconds']:.1f}"]
        for row in result["leaderboard"]
    ]
    return _table(["learner", "lowest loss", "trials", "seconds"], rows)


def _columns(result: dict[str, Any]) -> str:
    lines = [f"<li>{kind}: {escape(', '.join(names))}</li>" for kind, names in result["columns"].items() if names]
    lines += [
        f"<li>left out: {escape(str(name))}, {escape(reason)}</li>" for name, reason in result["left_out"].items()
    ]
    return f"<ul>{''.join(lines)}</ul>"
