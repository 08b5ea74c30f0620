"""Rows for a person to read: like texts under different labels, and rows that every agent gets wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.data.declaration import ALL_ROWS
from mirage.declared import Table
from mirage.design import Design
from mirage.errors import StudyError
from mirage.lazy import pandas as pd
from mirage.listing import first_of
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.states import COMPLETE
from mirage.stats.calibration import graded
from mirage.tables.layout import NOTHING, Panel, Presented, number
from mirage.tables.notes import scheme_notes

if TYPE_CHECKING:
    from mirage.results import Results


CONFLICT = "label conflict"
WRONG = "wrong by every agent"
EXTRACT = 200
LISTED = 20  # groups in a caption


TABLE = Table(
    title="Rows to read",
    question="Which rows do all agents get wrong, and which look mislabelled?",
    reads=lambda study: [SECTIONS, *RUN, *outcomes_of([study.config["hard_rows"]["scheme"]])],
    options=lambda study: {
        "study": study.estimate_options,
        "scheme": study.config["hard_rows"]["scheme"],
        "agents": study.judges,
        "texts": study.keeps_texts,
    },
    made=lambda study: "hard_rows" in study.config,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`hard_rows` of the run."""
    found = hard_rows(results.sections, *_judged(results))
    return found if results.options["texts"] else found.drop(columns="text")


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return panels of rows by source and by kind of doubt."""
    scheme, design = results.options["scheme"], results.design
    decided, judges = _judged(results)
    _, others = judges_of(results.options["agents"], decided, design, scheme)
    absent = [f"- {results.titles[agent]}: {state}, so its errors are not counted." for agent, state in others.items()]
    notes = [
        *scheme_notes([design.facts[scheme]]),
        *absent,
        *(
            [f"The csv in the results of a run has the first {EXTRACT} characters of each row's text."]
            if results.options["texts"]
            else []
        ),
    ]
    panels = hard_row_panels(table, judges, results.titles, scheme, len(design.seeds), decided["row"].nunique())
    return panels, notes


def _judged(results: Results) -> tuple[pd.DataFrame, list[str]]:
    scheme = results.options["scheme"]
    decided = results.outcomes([scheme])[scheme]
    judges, _ = judges_of(results.options["agents"], decided, results.design, scheme)
    return decided, judges


def judges_of(candidates: Sequence[str], decided: pd.DataFrame, design: Design, split: str) -> tuple[list[str], dict[str, str]]:
    """Return the candidates with all their runs on a scheme, and of the others the state.

    Raises
    ------
    StudyError
        When no candidate has all its runs.
    """
    states = {}
    for agent in candidates:
        if design.planned(split, agent) is not None:
            seeds = decided.loc[decided["agent"] == agent, "seed"].unique().tolist()
            states[agent] = design.status(seeds, split, agent)
    judges = [agent for agent, state in states.items() if state == COMPLETE]
    if not judges:
        raise StudyError(f"hard rows: no agent that is trained has all its runs on {split}; add one to agents")
    return judges, {agent: state for agent, state in states.items() if state != COMPLETE}


def wrong_shares(decided: pd.DataFrame, judges: Sequence[str]) -> pd.DataFrame:
    """Return the share of an agent's runs that got a row wrong: a line a row of the corpus, a column an agent.

    A row that an agent does not test is nan.
    """
    runs = decided[decided["agent"].isin(judges)]
    wrong = (runs["predicted"] != runs["y"]).astype(float)
    return wrong.groupby([runs["row"], runs["agent"]]).mean().unstack("agent").reindex(columns=list(judges))


def mean_scores(decided: pd.DataFrame, judges: Sequence[str]) -> pd.Series:
    """Return the mean score of every row over runs, then over the judges with graded scores; nan where there is none."""
    runs = decided[decided["agent"].isin(judges)]
    means = {
        agent: rows.groupby("row")["score"].mean() for agent, rows in runs.groupby("agent") if graded(rows["score"].to_numpy())
    }
    index = pd.Index(sorted(runs["row"].unique()))
    return pd.DataFrame(means, index=index).mean(axis=1)


def label_conflicts(sections: pd.DataFrame) -> pd.DataFrame:
    """List the rows that have a duplicate or near-duplicate under the other label.

    Returns
    -------
    DataFrame
        ``row, relation, group``: the place of the row in the corpus, ``same text`` or ``near-duplicate``, and the group's number.
        Groups of near-duplicates whose conflict is one between like texts stand once, as ``same text``.
    """
    found: list[dict[str, Any]] = []
    listed: set[int] = set()
    for relation, column in (("same text", "exact_group"), ("near-duplicate", "near_group")):
        labels = sections.groupby(column)["label"].transform("nunique").to_numpy()
        groups = sections[column].to_numpy()
        for group in sorted(set(groups[labels > 1].tolist())):
            rows = (groups == group).nonzero()[0].tolist()
            if not listed.issuperset(rows):
                found += [{"row": row, "relation": relation, "group": int(group)} for row in rows]
                listed |= set(rows)
    return pd.DataFrame(found, columns=["row", "relation", "group"])


def _told(sections: pd.DataFrame) -> list[str]:
    """Return the columns that a reader finds a row by."""
    from mirage.data.sections import metadata_of

    return ["row_id", "source", *(["year"] if "year" in sections else []), *metadata_of(sections), "chapter", "label"]


def hard_rows(sections: pd.DataFrame, decided: pd.DataFrame, judges: Sequence[str]) -> pd.DataFrame:
    """List both kinds of rows, conflicts first.

    Parameters
    ----------
    sections:
        The corpus in its order.
    decided:
        The decided test rows of one scheme: ``agent, seed, row, y, score, predicted``.
    judges:
        The agents whose errors count.

    Returns
    -------
    DataFrame
        ``list`` (label conflict, or wrong by every agent: by each in more than half of its runs), ``relation, group`` (of
        conflicts), ``row_id, source, year``, metadata, ``chapter, label, mean_score, agents_wrong`` (in more than half of their
        runs), ``wrong_AGENT`` (share of its runs) and ``text``, the first 200 characters. Conflicts are sorted by group, the
        others by label, most confident error first.
    """
    shares = wrong_shares(decided, judges)
    majority = (shares > 0.5).sum(axis=1)
    conflicts = label_conflicts(sections).assign(list=CONFLICT)
    missed = shares.index[(shares > 0.5).all(axis=1)]
    everyone = pd.DataFrame({"row": missed, "list": WRONG})
    listed = pd.concat([conflicts, everyone], ignore_index=True)
    rows = listed["row"].to_numpy(dtype=int)
    about = sections.iloc[rows].reset_index(drop=True)
    table = pd.concat([listed[["list", "relation", "group"]], about[_told(sections)]], axis=1)
    table["group"] = table["group"].astype("Int64")
    table["mean_score"] = mean_scores(decided, judges).reindex(rows).to_numpy()
    table["agents_wrong"] = majority.reindex(rows).astype("Int64").to_numpy()
    for agent in judges:
        table[f"wrong_{agent}"] = shares[agent].reindex(rows).to_numpy()
    table["text"] = about["text"].str[:EXTRACT]
    # As precisely as the table is written: further digits of a score depend on the processor, and would decide the order of equals.
    surest = (table["mean_score"] - table["label"]).abs().round(6)
    first = table[table["list"] == CONFLICT]
    second = table[table["list"] == WRONG].assign(_sure=surest).sort_values(["label", "_sure"], ascending=False, kind="stable")
    return pd.concat([first, second.drop(columns="_sure")], ignore_index=True)


def hard_row_panels(
    table: pd.DataFrame, judges: Sequence[str], titles: Mapping[str, str], split: str, seeds: int, rows: int
) -> list[Panel]:
    """One panel a list; counts stand in the captions.

    Parameters
    ----------
    seeds, rows:
        Seeds of the scheme, and the rows it tests.
    """
    agents = ", ".join(titles[agent] for agent in judges)
    scored = (
        f"Scheme {split}, threshold 0.5, {seeds} seeds; the score is the mean over seeds and over the agents with graded scores. "
        "The lists count rows and are not estimates, so they have no interval."
    )
    conflicts, everyone = table[table["list"] == CONFLICT], table[table["list"] == WRONG]
    groups = conflicts[["relation", "group"]].drop_duplicates()["relation"].value_counts()
    told = ", ".join(f"{relation} {count}" for relation, count in groups.items()) or "none"
    positive = int((everyone["label"] == 1).sum())
    return [
        Panel(
            f"Rows whose texts are alike and whose labels differ: {len(conflicts)} rows; sets of such rows: {told}. Wrong by: those of "
            f"the {len(judges)} agents that are trained ({agents}) that are wrong in more than half of their runs. {scored}",
            _conflict_cells(conflicts, judges, titles),
        ),
        Panel(
            f"Rows that every agent that is trained ({agents}) gets wrong in more than half of its runs: {len(everyone)} of {rows}, "
            f"{positive} labelled positive and found by none, {len(everyone) - positive} labelled negative and called positive by "
            f"all{_by_source(everyone)}. Under an agent: the share of its runs that are wrong. {scored}",
            _wrong_cells(everyone, judges, titles),
        ),
    ]


def _by_source(table: pd.DataFrame) -> str:
    counts = table.loc[table["source"] != ALL_ROWS, "source"].value_counts()
    told = first_of([f"{source} {count}" for source, count in counts.items()], LISTED)
    return f"; by «group»: {told}" if len(counts) else ""


def _about(table: pd.DataFrame) -> dict[str, list[str]]:
    return {
        "id": table["row_id"].astype(str).tolist(),
        **({"year": [f"{year}" for year in table["year"]]} if "year" in table else {}),
        **({"«group»": table["source"].astype(str).tolist()} if (table["source"] != ALL_ROWS).any() else {}),
        "label": [f"{label}" for label in table["label"]],
        "mean score": [number(score) for score in table["mean_score"]],
    }


def _conflict_cells(table: pd.DataFrame, judges: Sequence[str], titles: Mapping[str, str]) -> pd.DataFrame:
    about = _about(table)
    wrong = [
        ", ".join(titles[agent] for agent in judges if row[f"wrong_{agent}"] > 0.5) or NOTHING
        for row in table.to_dict("records")
    ]
    relations = {"relation": table["relation"].tolist(), "set": [f"{group}" for group in table["group"]]}
    return pd.DataFrame({"id": about.pop("id"), **relations, **about, "wrong by": wrong})


def _wrong_cells(table: pd.DataFrame, judges: Sequence[str], titles: Mapping[str, str]) -> pd.DataFrame:
    shares = {titles[agent]: [number(share, 2) for share in table[f"wrong_{agent}"]] for agent in judges}
    return pd.DataFrame({**_about(table), **shares})
