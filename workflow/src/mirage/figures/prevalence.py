"""F1 against what it depends on besides the model: the share of positives in the test set, and the threshold."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from mirage import declared
from mirage.figures.grid import TEXT, TITLE
from mirage.figures.plan import level_of, named, schemes_of, seeds_of, start_of, title_of
from mirage.figures.style import BLUE, COLUMN, GREEN, GREY, INK, ORANGE, only_drawn
from mirage.lazy import numpy as np, pandas as pd, pyplot as plt
from mirage.paths import RUN, outcomes_of, tables_named
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.decompose import THRESHOLD, f1_at_threshold
from mirage.stats.intervals import f1_at_prevalence

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from mirage.results import Results
    from mirage.study.grid import Study

_DASH: Literal["--"] = "--"
_LOOKS: tuple[tuple[str, str, Any], ...] = ((BLUE, "o", "-"), (ORANGE, "s", _DASH), (GREEN, "^", (0, (1, 1.2))))


def _schemes(study: Study) -> list[str]:
    """Name the schemes where a threshold is shown to matter, the reference first."""
    matched = [entry["matched"] for entry in study.taken_apart[:1]]
    return list(dict.fromkeys([study.config["gap"]["reference"], study.config["headline"]["held_out"], *matched]))


def _graded(study: Study) -> list[tuple[str, str]]:
    """Return the agents that have a threshold, the headline's first."""
    first = study.config["headline"]["agent"]
    return [
        (agent, title)
        for agent, title in sorted(study.titles_run, key=lambda known: known[0] != first)
        if agent == first or study.is_graded(agent)
    ]


def _caption(study: Study) -> str:
    return f"""
        Above: the F1 that recall and false-positive rate at threshold 0.5 give at every share of
        positives, on random rows ({start_of(study)}) and on the «group» held out,
        where false positives are those among the rows of {study.taken_apart[0]["title"]} that its
        matched scheme tests. Filled marks: F1 at the corpus's own share with its {level_of(study)}
        interval, a bootstrap over «units» and near-duplicates crossed with seeds. Hollow marks: F1
        as measured on test sets with other shares; they lie off the curve as far as their training
        rows, or their positives, are not the same. Grey: calling everything positive. Mean over
        {seeds_of(study)}. Below: F1 against the threshold
        ({study.agents[study.config["headline"]["agent"]]["title"]}); lines are means over seeds,
        bands reach from the lowest to the highest seed and are no interval; marks show the
        threshold chosen on training rows and its F1, means over seeds.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("restated", "f1"), *outcomes_of(_schemes(study))],
    options=lambda study: {
        "source": study.taken_apart[0]["name"],
        "called": title_of(study, study.taken_apart[0]),
        "schemes": named(study, _schemes(study)),
        "titles": _graded(study),
    },
    made=lambda study: bool(study.taken_apart),
)


def draw(results: Results) -> Figure:
    """Return :func:`prevalence_figure` of the first source that is taken apart."""
    options, titles = results.options, dict(results.options["titles"])
    wanted = [("agent", "==", next(iter(titles)))]
    schemes = schemes_of(results)
    files = outcomes_of(list(schemes))
    decided = {scheme: results.parquet(file, filters=wanted) for scheme, file in zip(schemes, files, strict=True)}
    restated, table = results.table("restated"), results.table("f1")
    return prevalence_figure(restated, table, results.scores, decided, options["source"], titles, schemes, options["called"])


def _grid(points: int) -> npt.NDArray[np.float64]:
    return np.linspace(0, 1, points)


def f1_by_threshold(decided: pd.DataFrame) -> pd.DataFrame:
    """Return F1 of one agent's runs on one scheme at every threshold.

    Parameters
    ----------
    decided:
        The decided test rows: ``seed, y, score``. Folds of one seed are one test set.

    Returns
    -------
    DataFrame
        ``threshold, mean, least, greatest``, the latter three over seeds.
    """
    thresholds = _grid(101)
    by_seed = [
        [f1_at_threshold(run["y"].to_numpy(), run["score"].to_numpy(), threshold) for threshold in thresholds]
        for _, run in decided.groupby("seed", sort=True)
    ]
    values = np.array(by_seed)
    columns = {"mean": values.mean(axis=0), "least": values.min(axis=0), "greatest": values.max(axis=0)}
    return pd.DataFrame({"threshold": thresholds, **columns})


def prevalence_figure(
    restated: pd.DataFrame,
    table: pd.DataFrame,
    scores: pd.DataFrame,
    decided: Mapping[str, pd.DataFrame],
    source: str,
    titles: Mapping[str, str],
    schemes: Mapping[str, str],
    called: str,
) -> Figure:
    """Draw F1 by prevalence, a panel an agent, above F1 by threshold of the first one.

    Parameters
    ----------
    restated:
        The table of restated F1: recall and false-positive rate on random rows and on the source, F1 at the corpus's prevalence.
    table:
        The F1 table; each agent's F1 on the schemes of ``decided`` but the first is marked where their test sets lie.
    scores:
        One row a run and group: ``threshold`` and ``f1_chosen`` are the threshold chosen on training rows and its F1.
    decided:
        The first agent's decided test rows, by scheme: the reference, and at most two held out.
    source, called:
        The held-out source, and what people read for it.
    titles:
        Agents and how to print them; those that ran here have a panel.
    schemes:
        What the schemes of ``decided`` are called.
    """
    own = restated[(restated["source"] == source) & (restated["status"] != NOT_RUN)].set_index("agent")
    shown = [agent for agent in titles if agent in own.index]
    rows = max(1, -(-len(shown) // 2))
    above = 2.3 * rows + 1.4
    figure = plt.figure(figsize=(COLUMN, above + 3.75))
    upper, lower = figure.subfigures(2, 1, height_ratios=[above, 3.75], squeeze=False)[:, 0]
    grid = upper.subplots(rows, 2, sharex=True, sharey=True, squeeze=False)
    for axes, agent in zip(grid.flat, shown, strict=False):
        axes.set_title(textwrap.fill(titles[agent], TITLE))
        if own.loc[agent, "status"] == COMPLETE:
            _by_prevalence(axes, own.loc[agent], _of(table, list(decided)[1:], agent))
        else:
            axes.text(0.5, 0.5, own.loc[agent, "status"], ha="center", color=GREY)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    if not shown:
        upper.text(0.5, 0.5, MISSING, ha="center", color=GREY)
    for axes in grid[:, 0]:
        axes.set_ylabel("F1")
    for axes in grid.flat[: len(shown)]:
        axes.tick_params(axis="x", labelbottom=True)
    for axes in grid.flat[: len(shown)][-2:]:
        axes.set_xlabel("share of positive rows")
    upper.legend(
        handles=only_drawn(upper, _legend(called, [schemes[name] for name in decided])), loc="upper center", frameon=False
    )
    upper.subplots_adjust(left=0.13, right=0.98, top=1 - 2.0 / above, bottom=0.5 / above, hspace=0.85, wspace=0.22)

    first = next(iter(titles))
    axes = lower.subplots()
    _by_threshold(axes, decided, schemes, scores[(scores["agent"] == first) & (scores["group_kind"] == "all")])
    axes.set_title(textwrap.fill(f"{titles[first]}: F1 by threshold", TEXT - 10), pad=100)
    lower.subplots_adjust(left=0.13, right=0.98, top=0.51, bottom=0.145)
    return figure


def _of(table: pd.DataFrame, schemes: list[str], agent: str) -> list[dict[str, Any] | None]:
    """Return what an agent scores on each scheme, None where it has no cell there: each scheme has a mark of its own."""
    found = table[(table["agent"] == agent) & (table["status"] == COMPLETE)].set_index("split")
    return [found.loc[scheme].to_dict() if scheme in found.index else None for scheme in schemes]


def _by_prevalence(axes: Axes, row: pd.Series, measured: list[dict[str, Any] | None]) -> None:
    shares = _grid(201)
    axes.plot(shares, f1_at_prevalence(1, 1, shares), color=GREY, linewidth=1)
    for end, (colour, marker, line) in zip(("_reference", ""), _LOOKS, strict=False):
        curve = f1_at_prevalence(row[f"recall{end}"], row[f"fpr{end}"], shares)
        axes.plot(shares, curve, color=colour, linestyle=line, linewidth=1.8)
        axes.plot([row["prevalence"]] * 2, [row[f"low{end}"], row[f"high{end}"]], color=colour, linewidth=1.4)
        axes.plot(row["prevalence"], row[f"restated{end}"], marker, color=colour, markersize=6)
    for estimate, (colour, marker, _) in zip(measured, _LOOKS[1:], strict=False):
        if estimate is None:
            continue
        share = estimate["positives"] / estimate["rows"]
        axes.plot(share, estimate["f1"], marker, color=colour, markerfacecolor="white", markersize=6, clip_on=False)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1])
    axes.set_ylim(0, 1.02)
    axes.grid(True)


def _by_threshold(axes: Axes, decided: Mapping[str, pd.DataFrame], schemes: Mapping[str, str], runs: pd.DataFrame) -> None:
    from matplotlib.lines import Line2D

    axes.axvline(THRESHOLD, color=GREY, linewidth=1)
    for (scheme, rows), (colour, marker, line) in zip(decided.items(), _LOOKS, strict=False):
        curve = f1_by_threshold(rows)
        axes.fill_between(curve["threshold"], curve["least"], curve["greatest"], color=colour, alpha=0.2, linewidth=0)
        axes.plot(curve["threshold"], curve["mean"], color=colour, linestyle=line, linewidth=1.8, label=schemes[scheme])
        chosen = runs[runs["split"] == scheme]
        axes.plot(
            chosen["threshold"].mean(), chosen["f1_chosen"].mean(), marker, color=colour, markersize=7, markeredgecolor=INK
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.grid(True)
    axes.set_xlabel("threshold above which a row is called positive")
    axes.set_ylabel("F1")
    handles, labels = axes.get_legend_handles_labels()
    handles += [
        Line2D([], [], color="white", marker="o", markeredgecolor=INK, linestyle="", label="threshold chosen"),
        Line2D([], [], color=GREY, linewidth=1, label=f"threshold {THRESHOLD:g}"),
    ]
    labels = [str(handle.get_label()) for handle in handles]
    axes.legend(handles, labels, loc="lower left", frameon=False, bbox_to_anchor=(-0.02, 1.0))


def _legend(source: str, schemes: list[str]) -> list[Line2D]:
    from matplotlib.lines import Line2D

    words = ("random rows", f"{source} held out")
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle=line, label=f"{said}, at the corpus's share")
        for said, (colour, marker, line) in zip(words, _LOOKS, strict=False)
    ]
    handles += [
        Line2D([], [], color=colour, marker=marker, markerfacecolor="white", linestyle="", label=f"measured on {scheme}")
        for scheme, (colour, marker, _) in zip(schemes[1:], _LOOKS[1:], strict=False)
    ]
    return [*handles, Line2D([], [], color=GREY, linewidth=1, label="calling everything positive")]
