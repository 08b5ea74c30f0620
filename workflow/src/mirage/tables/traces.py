"""The agents' sessions in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.lazy import pandas as pd
from mirage.tables.cells import shown
from mirage.tables.layout import NOTHING, Panel, Presented
from mirage.traces.measures import COMPUTED, DIFFER, NO_TRACE, NOT_RECORDED, measures_table
from mirage.traces.record import RECORD, read_record, table_options

if TYPE_CHECKING:
    from mirage.results import Results

RERUN = "snakemake --forcerun fetch_traces looks for them again; traces.path in config.yaml names a directory with the files"

_LEFT_OUT = " Left out: measures of which no session is here and nothing is quoted."
_COUNTS, _REST = "; in brackets the post's count, quoted", "; in brackets what is quoted from the posts"

TABLE = Table(
    title="The agents' sessions in numbers",
    question="How long did each agent work, and with which tools?",
    reads=lambda study: [RECORD],
    options=lambda study: table_options(study),
    resources=("published_traces.csv",),
    made=lambda study: "traces" in study.config,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`mirage.traces.measures.measures_table` of the sessions."""
    quoted = results.resource_table("published_traces.csv")
    quoted = quoted if results.options["published"] else quoted.head(0)
    return measures_table(read_record(results).values, results.options["measures"], quoted)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return the counts, and what is to know of each session."""
    sessions, titles = read_record(results).sessions, dict(results.options["titles"])
    return trace_panels(table, sessions, titles), trace_notes(sessions, titles)


def stamp(table: pd.DataFrame, results: Results) -> str | None:
    """Return the stamp of the sessions, whatever the rows of the study are."""
    return read_record(results).stamp


def trace_panels(table: pd.DataFrame, sessions: Mapping[str, Any], titles: Mapping[str, str]) -> list[Panel]:
    """Panels of the traces table: the sessions, tool calls by group, every other measure, and where ours differ from quoted ones.

    Parameters
    ----------
    table:
        :func:`mirage.traces.measures.measures_table`.
    sessions:
        For each agent its session's record, as in ``observed.json``.
    """
    cells = {(row["agent"], row["measure"]): row for row in table.to_dict("records")}
    agents = shown(table, titles)
    measures = list(dict.fromkeys(table["measure"]))
    calls = [name for name in measures if name == "calls" or name.startswith("calls: ")]
    # Where no session is in reach, what is quoted is all there is to read.
    told = set(table.loc[(table["status"] != NO_TRACE) | table["quoted"].notna(), "measure"])
    rest = [name for name in measures if name not in calls and name in told]
    groups = pd.DataFrame(
        {
            "agent": [titles[agent] for agent in agents],
            **{name.removeprefix("calls: "): [_beside(cells[agent, name]) for agent in agents] for name in calls},
        }
    ).rename(columns={"calls": "all"})
    others = pd.DataFrame(
        {"measure": rest, **{titles[agent]: [_beside(cells[agent, name]) for name in rest] for agent in agents}}
    )
    quotes = bool(table["quoted"].notna().any())
    panels = [
        Panel(
            "The sessions: one file an agent. An event is a line of the file that holds a record.", _sessions(sessions, titles)
        ),
        Panel(
            f"Tool calls by group, counted in one session an agent{_COUNTS if quotes else ''}. One run each: nothing is "
            "sampled, so there is no interval.",
            groups,
        ),
        Panel(
            f"What else the sessions amount to, one run an agent{_REST if quotes else ''}. “{NOT_RECORDED}” is not zero."
            f"{_LEFT_OUT if len(told) < len(measures) else ''}",
            others,
        ),
    ]
    differ = table[table["verdict"] == DIFFER]
    if len(differ):
        panels.append(Panel("Where our count differs from the quoted one.", _differences(differ, titles)))
    return panels


def _beside(row: Mapping[str, Any]) -> str:
    ours = _count(row["ours"]) if row["status"] == COMPUTED else row["status"]
    return ours if row["quoted"] != row["quoted"] else f"{ours} ({_count(row['quoted'])})"


def _count(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _sessions(sessions: Mapping[str, Any], titles: Mapping[str, str]) -> pd.DataFrame:
    rows = []
    for agent, title in titles.items():
        if agent not in sessions:
            continue
        own = sessions[agent]
        rows.append(
            {
                "agent": title,
                "file": own["file"],
                "format": own["format"] or NOTHING,
                "events": own["lines"] if own["format"] else NOTHING,
                "unreadable lines": own["broken"] if own["format"] else NOTHING,
                "sha256, first 12 digits": own["sha256"][:12] if own["sha256"] else NOTHING,
                "state": "read" if own["format"] else own["reason"],
            }
        )
    return pd.DataFrame(rows)


def _differences(rows: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "agent": rows["agent"].map(titles),
            "measure": rows["measure"],
            "ours": rows["ours"].map(_count),
            "quoted": rows["quoted"].map(_count),
            "from": rows["source"],
            "note": rows["note"].where(rows["note"] != "", NOTHING),
        }
    )


def trace_notes(sessions: Mapping[str, Any], titles: Mapping[str, str], rerun: str | None = RERUN) -> list[str]:
    """Say what each session lacks or holds that was not counted, how to look for it again, and how the measures are defined."""
    lines = []
    for agent, own in sessions.items():
        name = titles[agent]
        if not own["format"]:
            lines.append(f"- {name}: {NO_TRACE}: {own['reason']}.")
        lines += [f"- {name}: {own['file']}, {problem}." for problem in own["problems"]]
        if own["broken"] > len(own["problems"]):
            lines.append(f"- {name}: {own['file']}, and {own['broken'] - len(own['problems'])} more unreadable lines.")
        if own["outside"]:
            lines.append(
                f"- {name}: tools that no group of the configuration lists, counted as other: {listed(own['outside'])}."
            )
        if own["unknown"]:
            lines.append(f"- {name}: events of unknown types: {listed(own['unknown'])}.")
        if own["exceptions"]:
            lines.append(f"- {name}: exceptions in tracebacks: {listed(own['exceptions'])}.")
    if rerun and any(not own["format"] for own in sessions.values()):
        lines.append(f"- {rerun}.")
    definitions = [
        "- A traceback is counted three ways: results that hold one, occurrences, and distinct last lines; asking twice for a "
        "job's log repeats it.",
        "- A result's kind of error is the first that fits; the words of the result count beside the harness's mark, because one of "
        "the formats has no mark.",
        "- A human prompt is a message that a person typed or attached for the model, one however many parts it has: not a summary, a "
        "command's output, a hook's or another agent's words. A model turn is what one request to the model gave.",
        "- All lines of a file count, those of abandoned branches and of sub-agents too, files of sub-agents among them; what a resumed "
        "session or a fork repeats counts once.",
        "- An exit code that is told goes before words: what a log or an old traceback says is no failure of the call that shows it.",
        "- Jobs submitted are calls that ask for one; cancelled and failed jobs are counted by id.",
        "- A cycle is: a file written, something run and failed, a file written again.",
        "- Wall time is last event minus first; it is not recorded where fewer than half of the events have a time of their own. "
        "Active time leaves out every gap of over 10 minutes that ends with a person's words, or in which no call was at work.",
        "- Input tokens are those neither read from nor written to a cache.",
    ]
    return ["\n".join(part) for part in (lines, definitions) if part]


def listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({number})" for name, number in counts.items())
