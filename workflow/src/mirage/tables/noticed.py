"""What each agent noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.lazy import pandas as pd
from mirage.tables.cells import shown
from mirage.tables.layout import Panel, Presented
from mirage.tables.traces import RERUN
from mirage.traces.evidence import CANNOT_TELL, NOT_ASKED
from mirage.traces.measures import NO_TRACE, NOT_COMPUTABLE
from mirage.traces.noticed import meanings, noticed_table
from mirage.traces.record import RECORD, read_record, table_options

if TYPE_CHECKING:
    from mirage.results import Results

_QUOTES = "; in brackets the post's own judgement, quoted, and whether the two agree where ours can be told"

TABLE = Table(
    title="What each agent noticed",
    question="Which flaws of the task did each agent notice?",
    reads=lambda study: [RECORD],
    options=lambda study: table_options(study),
    resources=("published_noticed.csv",),
    made=lambda study: "traces" in study.config,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`mirage.traces.noticed.noticed_table` of the sessions."""
    quoted = results.resource_table("published_noticed.csv")
    quoted = quoted if results.options["published"] else quoted.head(0)
    return noticed_table(read_record(results).verdicts, results.options["files"], quoted)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return the answers, and the evidence of each."""
    sessions, titles = read_record(results).sessions, dict(results.options["titles"])
    return noticed_panels(table, titles), noticed_notes(sessions, titles, meanings(), table)


def stamp(table: pd.DataFrame, results: Results) -> str | None:
    """Return the stamp of the sessions, whatever the rows of the study are."""
    return read_record(results).stamp


def noticed_panels(table: pd.DataFrame, titles: Mapping[str, str]) -> list[Panel]:
    """Panels of the noticed table: answers beside quoted ones, and the evidence of every answer that has any.

    Questions go down, or the sessions where they are many. ``table`` is that of :func:`mirage.traces.noticed.noticed_table`.
    """
    first = table.drop_duplicates(["agent", "question"])
    cells = {(row["agent"], row["question"]): row for row in first.to_dict("records")}
    agents = shown(table, titles)
    questions = list(dict.fromkeys(table["question"]))
    quotes = bool((table["quoted"] != "").any())
    said = {titles[agent]: {question: _answer(cells[agent, question], quotes) for question in questions} for agent in agents}
    by_session = pd.DataFrame.from_dict(said, orient="index", columns=questions)
    down, answers = ("agent", by_session) if are_many(len(agents), table) else ("question", by_session.T)
    answers = answers.rename_axis(down).reset_index()
    caption = (
        "What each agent noticed: the answer of our rules, one session an agent, with the event it rests on"
        f"{_QUOTES if quotes else ''}. “{CANNOT_TELL}” means that the session does not hold what would decide it, “{NOT_ASKED}” that "
        "the data declare no label and group to ask for."
    )
    panels = [Panel(caption, answers)]
    known = table[table["evidence"] > 0]
    if len(known):
        panels.append(
            Panel(
                "The evidence: an event is a line of the file, counted from 1 and, after the stroke, from 0.",
                _evidence(known, titles),
            )
        )
    return panels


def are_many(sessions: int, table: pd.DataFrame) -> bool:
    """Whether there are more sessions than questions, so that side by side they would be too wide, and a panel each too long."""
    return sessions > table["question"].nunique()


def _answer(row: Mapping[str, Any], quotes: bool) -> str:
    ours = f"{row['answer']}, event {row['event']}" if row["event"] else row["answer"]
    ours = f"{ours}, ruled by {row['ruled_by']}" if row["ruled_by"] else ours
    if not quotes:
        return ours
    if not row["quoted"]:
        return f"{ours} (not quoted)"
    return f"{ours} ({row['quoted']})" if row["verdict"] == NOT_COMPUTABLE else f"{ours} ({row['quoted']}: {row['verdict']})"


def _evidence(rows: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    cells = pd.DataFrame(
        {
            "agent": rows["agent"].map(titles),
            "question": rows["question"],
            "answer": rows["answer"],
            "reason": rows["reason"],
            "file": rows["file"],
            "event": [f"{event} / {event - 1}" for event in rows["event"]],
            "in": rows["where"],
            # As code, so that nothing of a session is taken for markup.
            "excerpt": [f"“{text}”" for text in rows["excerpt"]],
        }
    )
    # Sessions that are not published are not quoted.
    return cells if (rows["excerpt"] != "").any() else cells.drop(columns="excerpt")


def noticed_notes(
    sessions: Mapping[str, Any],
    titles: Mapping[str, str],
    rules: Sequence[tuple[str, str]],
    table: pd.DataFrame,
    rerun: str | None = RERUN,
) -> list[str]:
    """Say what each rule asks, why an answer is open or by whom it was ruled, and what the posts contradict.

    ``rules`` are questions with what their answers mean.
    """
    missing = [f"- {titles[agent]}: {NO_TRACE}: {own['reason']}." for agent, own in sessions.items() if not own["format"]]
    first = table.drop_duplicates(["agent", "question"])
    unsure = [
        f"- {titles[row['agent']]}, {row['question']}: {row['answer']}: {row['reason']}."
        for row in first[(first["answer"] == CANNOT_TELL) | (first["ruled_by"] != "")].to_dict("records")
    ]
    quoted = [
        f"- {titles[row['agent']]}, {row['question']}: {row['note']}." for row in first[first["note"] != ""].to_dict("records")
    ]
    meaning = [f"- {question}: {words}" for question, words in rules]
    return [
        "\n".join(part)
        for part in ([*missing, *([f"- {rerun}."] if missing and rerun else [])], unsure, meaning, quoted)
        if part
    ]
