"""What a search found, as one page of HTML that needs nothing else."""

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


def page(data: str, target: str, found: dict[str, Any]) -> str:
    """The page.

    Args:
        data: the data's name.
        target: the column that is predicted.
        found: as `model.automl.search` gives it, with `plots`.
    """
    best = found["leaderboard"][0]
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(target)} by AutoML</title><style>{_STYLE}</style>
<h1>{escape(target)}, predicted from {escape(data)}</h1>
<p>The best of {sum(row["trials"] for row in found["leaderboard"])} models that were tried is a
<b>{escape(found["pipeline"])}</b> ({escape(best["learner"])}). It was then fitted on all {found["rows"]:,} rows.</p>
<h2>On {found["held_out"]:,} rows that no model had seen</h2>
{_scores(found)}
{"".join(found["plots"])}
<h2>What was tried</h2>
<p>By {escape(found["metric"])}, cross-validated or on rows set aside. The loss is 1 less that; the least is best.</p>
{_leaderboard(found)}
<h2>From which columns</h2>
{_columns(found)}
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


def _scores(found: dict[str, Any]) -> str:
    always = "always the most frequent class" if found["task"] == "classification" else "always the mean"
    rows = [[name, f"{value:.3f}", f"{found['baseline'][name]:.3f}"] for name, value in found["scores"].items()]
    return _table(["", "the model", always], rows, "plain")


def _leaderboard(found: dict[str, Any]) -> str:
    rows = [
        [row["learner"], f"{row['loss']:.4f}", str(row["trials"]), f"{row['seconds']:.1f}"]
        for row in found["leaderboard"]
    ]
    return _table(["learner", "least loss", "trials", "seconds"], rows)


def _columns(found: dict[str, Any]) -> str:
    lines = [f"<li>{kind}: {escape(', '.join(names))}</li>" for kind, names in found["columns"].items() if names]
    lines += [f"<li>left out: {escape(str(name))}, as {escape(why)}</li>" for name, why in found["left_out"].items()]
    return f"<ul>{''.join(lines)}</ul>"
