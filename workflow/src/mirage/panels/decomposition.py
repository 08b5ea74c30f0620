"""The tables that take the gap apart: its terms, F1 restated at one prevalence, thresholds and ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from mirage.analyses import decomposition as parts
from mirage.analyses.held_sources import MIN_ROWS, HeldSource, others_of
from mirage.analyses.ranking import RANDOM as RANDOM_RANKING
from mirage.analyses.ranking import WITHIN
from mirage.analyses.thresholds import RANDOM
from mirage.estimates import COMPLETE
from mirage.listing import listing
from mirage.stats.decompose import AVERAGING, FALSE_POSITIVES, PREVALENCE
from mirage.tables import NOTHING, Panel, number, with_interval

Row = Mapping[str, Any]

TERM_NOTES = {
    parts.DIFFICULTY: "the source's rows are harder than the average row even when rows like them are trained on",
    parts.SIBLINGS: "chapter siblings, near-duplicates and repeats of the tested rows leave training, the source's other rows stay; "
    "it holds the difference in number of training rows between the two schemes too",
    parts.SIZE: "as many other rows leave training as the source brought",
    parts.EXPOSURE: "the source leaves training and those rows come back, at an equal number of training rows",
    FALSE_POSITIVES: "the false-positive rate on the source's own negative rows in place of that on random rows",
    PREVALENCE: "the source's share of positive rows in place of that of random rows; negative where it is higher, because F1 rises "
    "with it",
    AVERAGING: "F1 of mean rates is not the mean of F1s: the rest",
}


def decomposition_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """Two panels a held-out source: the terms between F1 random and F1 held out, and the rates they are made of."""
    panels = []
    for source, part in table.groupby("source", sort=False):
        about = _about(part)
        terms = (
            f"F1 lost between random rows and {source} held out, taken apart by Shapley values over steps of recall, false positives "
            f"and prevalence; a negative term is a gain, and F1 random less all terms is F1 held out. Threshold 0.5; {about}; "
            f"{_interval(part, level)}."
        )
        rates = (
            f"The rates between which the terms lie, {source} held out; {about}; {_interval(part, level)}. A rate on fewer than "
            f"{MIN_ROWS} rows is not printed."
        )
        columns = [parts.F1_RANDOM, *parts.TERMS, parts.F1_HELD_OUT, parts.GAP, parts.ALWAYS_RANDOM, parts.ALWAYS_HELD_OUT]
        panels.append(Panel(terms, _by_term(part, columns, titles, parts.GAP)))
        panels.append(Panel(rates, _by_term(part, list(parts.RATES), titles, parts.RECALL_OUT)))
    return panels


def _by_term(part: pd.DataFrame, terms: list[str], titles: Mapping[str, str], said_in: str) -> pd.DataFrame:
    records = []
    for agent in _shown(part, titles):
        own = part[part["agent"] == agent]
        by_term = {row["term"]: row for row in own.to_dict("records")}
        status = own["status"].iloc[0]
        cells = dict.fromkeys(terms, NOTHING) | {said_in: status}
        if status == COMPLETE:
            cells = {term: _term_cell(by_term[term]) for term in terms}
        records.append({"agent": titles[agent], **cells})
    return pd.DataFrame(records)


def _term_cell(row: Row) -> str:
    negatives = int(row["rows"] - row["positives"])
    if row["term"] == parts.FPR_OUT and negatives < MIN_ROWS:
        return _too_few(negatives, "negative")
    return _with_interval(row["value"], row["low"], row["high"])


def decomposition_notes(table: pd.DataFrame, titles: Mapping[str, str], agent: str, sources: Sequence[HeldSource]) -> list[str]:
    """Say what each term is, and in words how much of one agent's gap each carries."""
    terms = "\n".join(f"- {term}: {note}." for term, note in TERM_NOTES.items())
    said = [gap_in_words(table, titles, agent, source) for source in table["source"].unique()]
    whose = "\n".join(f"- `{source.name}`: {listing(source.groups, 'and')}." for source in sources)
    return ["\n".join([whose, terms, *(f"- {sentence}" for sentence in said if sentence)])]


def gap_in_words(table: pd.DataFrame, titles: Mapping[str, str], agent: str, source: str) -> str:
    """Say in a sentence or two how many points of an agent's gap each term carries; empty where there is no estimate."""
    own = table[(table["agent"] == agent) & (table["source"] == source) & (table["status"] == COMPLETE)].set_index("term")
    if own.empty:
        return ""
    points = {term: 100 * float(own.loc[term, "value"]) for term in (*parts.TERMS, parts.GAP)}
    clear = [term for term in parts.TERMS if own.loc[term, "low"] > 0 or own.loc[term, "high"] < 0]
    listed = ", ".join(
        f"{term} {round(points[term], 1) + 0.0:+.1f}" for term in sorted(parts.TERMS, key=lambda name: -abs(points[name]))
    )
    lost = points[parts.GAP] >= 0
    sentence = (
        f"{titles[agent]}, {source}: F1 {'falls' if lost else 'rises'} from {number(own.loc[parts.F1_RANDOM, 'value'])} on random "
        f"rows to {number(own.loc[parts.F1_HELD_OUT, 'value'])}, by {abs(points[parts.GAP]):.1f} points (100 x F1). "
        f"{'Of these carry' if lost else 'Points lost, those gained with a minus'}: {listed}. "
    )
    return sentence + (
        f"The interval leaves out zero for {', '.join(clear)}." if clear else "No term's interval leaves out zero."
    )


def restated_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, sources: Sequence[HeldSource]) -> list[Panel]:
    """One panel a held-out source, the others' held-out rows last: F1 at the corpus's prevalence, the gap, calibrated F1."""
    panels = []
    by_name = {source.name: source for source in [*others_of(sources), *sources]}
    for source, part in table.groupby("source", sort=False):
        about = by_name[str(source)]
        [prevalence] = part["prevalence"].unique()
        [dummy] = part["always_positive"].unique()
        known = part.dropna(subset=["positives"])
        rows = (
            f"recall on {known['positives'].iloc[0]:.0f} positive rows, false-positive rate on {known['negatives'].iloc[0]:.0f} "
            f"held-out negative rows of {about.others.title}"
            if len(known)
            else "not run"
        )
        caption = (
            f"F1 restated at the corpus's share of positives, {prevalence:.1%}, for {source}: {rows} (scheme {about.matched}, "
            f"trained without {listing(about.without, 'and')}), against random rows restated alike. Threshold 0.5; "
            f"{_interval(part, level)}. "
            "Calibrated F1 uses the test set's own negatives, on random rows and on the source's rows. Always positive has "
            f"F1 {number(dummy)} everywhere."
        )
        cells: dict[str, Callable[[Row], str]] = {
            "recall random": _plain("recall_reference"),
            "recall held out": _plain("recall"),
            "false-positive rate random": _plain("fpr_reference"),
            "false-positive rate held out": _plain("fpr"),
            "F1 random, restated": _ends("restated_reference", "low_reference", "high_reference"),
            "F1 held out, restated": _ends("restated", "low", "high"),
            "gap, restated": _ends("gap", "gap_low", "gap_high"),
            "calibrated F1 random": _plain("calibrated_reference"),
            "calibrated F1 held out": _calibrated_cell,
        }
        panels.append(Panel(caption, _cells(part, titles, cells, "gap, restated")))
    return panels


def _calibrated_cell(row: Row) -> str:
    if row["own_negatives"] < MIN_ROWS:
        return _too_few(int(row["own_negatives"]), "negative")
    return number(row["calibrated"])


def thresholds_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel for random rows and one a held-out source: F1 at three thresholds, and what is left of the gap at each."""
    panels = []
    for source, part in table.groupby("source", sort=False):
        caption = (
            f"F1 on {source} ({_size(part)}) at threshold 0.5, at the threshold chosen without the test rows (on validation rows, or "
            f"by cross-validation of the training rows), and at the best threshold in hindsight; {_interval(part, level)}. The best "
            "is an oracle: it knows the test labels, so it has no interval; rows of one class have no best threshold."
        )
        cells: dict[str, Callable[[Row], str]] = {
            "chosen threshold": _plain("threshold"),
            "F1 at 0.5": _named("half"),
            "F1 at chosen": _named("chosen"),
            "gain by choice": _named("choice"),
            "F1 at best (oracle)": _oracle("best"),
            "gain in hindsight": _oracle("hindsight"),
        }
        if source != RANDOM:
            cells |= {
                "gap at 0.5": _named("gap_half"),
                "gap at chosen": _named("gap_chosen"),
                "gap at best": _oracle("gap_best"),
            }
        cells["always positive"] = _plain("always_positive")
        panels.append(Panel(caption, _cells(part, titles, cells, "F1 at 0.5")))
    return panels


def _oracle(name: str) -> Callable[[Row], str]:
    return lambda row: "one class only" if pd.isna(row["best"]) else number(row[name])


def ranking_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, sources: Sequence[HeldSource]) -> list[Panel]:
    """AUC, then average precision: agents down, and across random rows, the others' held-out rows, and each held-out source."""
    shown = table[["source", "ranking"]].drop_duplicates()
    order = {RANDOM_RANKING: 0, **dict.fromkeys((others.name for others in others_of(sources)), 1)}
    columns = sorted(shown.itertuples(index=False, name=None), key=lambda pair: order.get(pair[0], 2))
    prevalences = sorted({f"{value:.1%}" for value in table["prevalence"].dropna()})
    says = {
        "auc": "Area under the ROC curve: the probability that a positive row is scored above a negative one, ties half; a constant "
        "score has .5.",
        "ap": "Average precision, negatives reweighted to the corpus's share of positives; a constant score has that share, "
        f"{' or '.join(prevalences)}.",
    }
    about = (
        f"Columns name the rows (positive : negative); all but random rows are scored by one model {_scored_on(sources)}; not printed "
        f"under {MIN_ROWS} rows a class; {_interval(table, level)}. Scores of 0 and 1 alone rank by two values."
    )
    panels = []
    for metric, caption in says.items():
        records = []
        for agent in _shown(table, titles):
            own = {(row["source"], row["ranking"]): row for row in table[table["agent"] == agent].to_dict("records")}
            cells = {_heading(table, *pair): _ranking_cell(own.get(pair), metric) for pair in columns}
            records.append({"agent": titles[agent], **cells})
        panels.append(Panel(f"{caption} {about}", pd.DataFrame(records)))
    return panels


def _heading(table: pd.DataFrame, source: str, ranking: str) -> str:
    known = table[(table["source"] == source) & (table["ranking"] == ranking)].dropna(subset=["positives"])
    size = f" ({known['positives'].iloc[0]:.0f} : {known['negatives'].iloc[0]:.0f})" if len(known) else ""
    wording = {RANDOM_RANKING: source, WITHIN: f"{source}, held out"}
    return wording.get(ranking, f"{source} {ranking}") + size


def _scored_on(sources: Sequence[HeldSource]) -> str:
    without = {source.matched: listing(source.without, "and") for source in sources}
    said = [f"{scheme}, trained without {groups}" for scheme, groups in without.items()]
    return f"on scheme {said[0]}" if len(said) == 1 else f"on each scheme ({'; '.join(said)})"


def _ranking_cell(row: Row | None, metric: str) -> str:
    if row is None:
        return NOTHING
    if row["status"] != COMPLETE:
        return str(row["status"])
    if isinstance(row["reason"], str) and row["reason"]:
        return row["reason"]
    return _with_interval(row[metric], row[f"{metric}_low"], row[f"{metric}_high"])


def _cells(
    part: pd.DataFrame, titles: Mapping[str, str], cells: Mapping[str, Callable[[Row], str]], said_in: str
) -> pd.DataFrame:
    """Fill a row an agent; one without estimates says why in the column ``said_in``."""
    by_agent = {row["agent"]: row for row in part.to_dict("records")}
    records = []
    for agent in _shown(part, titles):
        row = by_agent[agent]
        filled = dict.fromkeys(cells, NOTHING) | {said_in: row["status"]}
        if row["status"] == COMPLETE:
            filled = {name: cell(row) for name, cell in cells.items()}
        records.append({"agent": titles[agent], **filled})
    return pd.DataFrame(records)


def _plain(name: str) -> Callable[[Row], str]:
    return lambda row: number(row[name])


def _ends(name: str, low: str, high: str) -> Callable[[Row], str]:
    return lambda row: _with_interval(row[name], row[low], row[high])


def _named(name: str) -> Callable[[Row], str]:
    return lambda row: _with_interval(row[name], row[f"{name}_low"], row[f"{name}_high"])


def _with_interval(*values: float) -> str:
    # What rounds to zero has no sign.
    return with_interval(*(round(value, 3) + 0.0 for value in values))


def _too_few(count: int, label: str) -> str:
    return f"too few rows ({count})" if count else f"no {label} rows"


def _shown(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    return [agent for agent in titles if (table["agent"] == agent).any()]


def _about(part: pd.DataFrame) -> str:
    known = part.dropna(subset=["rows"])
    if known.empty:
        return "the source's rows"
    first = known.iloc[0]
    return f"{first['rows']:.0f} rows, {first['positives']:.0f} of them positive, in {first['units']:.0f} units"


def _size(part: pd.DataFrame) -> str:
    known = part.dropna(subset=["rows"])
    return f"{known['rows'].iloc[0]:.0f} rows, {known['positives'].iloc[0]:.0f} positive" if len(known) else "not run"


def _interval(part: pd.DataFrame, level: float) -> str:
    seeds = " or ".join(f"{count:.0f}" for count in sorted(set(part["seeds"].dropna()), reverse=True)) or "no"
    kinds = " or ".join(sorted(part["interval"].dropna().unique())) or "none"
    return f"means over {seeds} seeds [{level:.0%} interval: {kinds}; it covers these sources, not a new one]"
