"""F1 of every agent on several split schemes: each seed a dot, the mean with its interval, the published figures marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import finish, panel_grid, size_line
from mirage.figures.plan import is_published, level_of, seeds_of
from mirage.figures.style import BLUE, GREEN, GREY, LIGHT, ORANGE, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, tables_named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from mirage.results import Results
    from mirage.study.grid import Study


def figures(study: Study) -> dict[str, declared.Figure]:
    """Declare each figure that the configuration names, with its schemes."""
    return {name: _declared(name, schemes) for name, schemes in study.config["figures"].items()}


def _declared(name: str, schemes: Sequence[str]) -> declared.Figure:
    return declared.Figure(
        caption=lambda study: CAPTIONS[name](study) if name in CAPTIONS else _caption(study, schemes),
        reads=lambda study: [*RUN, *tables_named("f1")],
        options=lambda study: {"schemes": schemes, "titles": study.titles_run},
        resources=("published.csv",),
    )


def draw(results: Results) -> Figure:
    """Return :func:`f1_figure` of the schemes that the configuration names."""
    schemes, titles = results.options["schemes"], dict(results.options["titles"])
    return f1_figure(results.table("f1"), results.scores, results.resource_table("published.csv"), schemes, titles)


def _caption(study: Study, schemes: Sequence[str]) -> str:
    return f"""
        F1 of the positive class at threshold 0.5, a panel for each of {", ".join(schemes)}. Large
        dot and line: mean over {seeds_of(study)} and its {level_of(study)} interval, whose kind the
        table of F1 names for each scheme. Small dots: seeds. Dashed: calling everything
        positive.{_diamonds(study)}
    """


def _random(study: Study) -> str:
    return f"""
        F1 of the positive class at threshold 0.5 on random and published splits. Large dot and
        line: mean over {seeds_of(study)} and its {level_of(study)} interval, corrected resampled t
        where the test set is redrawn, Wilson on the Jaccard index on one published split, a
        bootstrap over «units» and near-duplicates crossed with seeds in cross-validation. Small
        dots: seeds. Dashed: calling everything positive.{_diamonds(study)}
    """


def _held_out(study: Study) -> str:
    dashed = (
        "which on the curated lists beats every agent" if is_published(study) else "which rises with the share of positive rows"
    )
    return f"""
        F1 of the positive class at threshold 0.5 on test sets that are held out. Large dot and
        line: mean over {seeds_of(study)}, which vary the training rows and the training, and its
        {level_of(study)} interval, a bootstrap over «units» and near-duplicates crossed with seeds.
        Dashed: calling everything positive, {dashed}.{_diamonds(study)}
    """


def _diamonds(study: Study) -> str:
    return " Diamonds: published figures, quoted." if is_published(study) else ""


# The figures whose schemes have something in common to say.
CAPTIONS: Mapping[str, Callable[[Study], str]] = {"f1_random": _random, "f1_held_out": _held_out}


def f1_figure(
    table: pd.DataFrame, scores: pd.DataFrame, published: pd.DataFrame, schemes: Sequence[str], titles: Mapping[str, str]
) -> Figure:
    """Draw one panel a scheme, agents down.

    Parameters
    ----------
    table:
        The F1 table: ``split, agent, f1, low, high, always_positive_f1, rows, positives``.
    scores:
        One row a run and group; the F1 of ``group_kind == "all"`` are the dots.
    published:
        Quoted figures; those that are F1 on all rows of a scheme become diamonds.
    titles:
        Agent names and how to print them, top to bottom.
    """
    of_scheme = {scheme: table[table["split"] == scheme] for scheme in schemes}
    sizes = {scheme: size_line(rows, "test") for scheme, rows in of_scheme.items()}
    figure, panels = panel_grid(sizes, list(titles.values()))
    runs = scores[scores["group_kind"] == "all"]
    quoted = published[(published["metric"] == "f1") & (published["group"] == "all")]
    for axes, (scheme, rows) in zip(panels, of_scheme.items(), strict=True):
        _panel(axes, rows, runs[runs["split"] == scheme], quoted[quoted["split"] == scheme], list(titles))
    panels[0].set_xlim(0, 1.02)
    finish(figure, "F1 of the positive class", only_drawn(figure, _legend()))
    return figure


def _panel(axes: Axes, table: pd.DataFrame, runs: pd.DataFrame, quoted: pd.DataFrame, agents: list[str]) -> None:
    floor = table["always_positive_f1"].dropna()
    if len(floor):
        axes.axvline(floor.iloc[0], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    by_agent = table.set_index("agent")
    for position, agent in enumerate(agents):
        if agent not in by_agent.index or np.isnan(by_agent.loc[agent, "f1"]):
            reason = "missing" if agent in by_agent.index else "not planned"
            axes.text(0.02, position, reason, va="center", color=GREY, fontsize=8)
            continue
        values = runs.loc[runs["agent"] == agent].sort_values("seed", kind="stable")["f1"].to_numpy()
        offsets = np.linspace(-0.22, 0.22, len(values)) if len(values) > 1 else np.zeros(len(values))
        axes.plot(values, position + offsets, ".", color=LIGHT, markersize=4, zorder=2)
        row = by_agent.loc[agent]
        axes.plot([row["low"], min(row["high"], 1.0)], [position, position], color=BLUE, linewidth=2, zorder=3)
        axes.plot(row["f1"], position, "o", color=BLUE, markersize=5, zorder=4)
    for row in quoted.itertuples():
        known = row.agent in agents
        height = float(agents.index(row.agent)) if known else -0.3
        face = "white" if known else GREEN
        axes.plot(
            row.value,
            height,
            "D",
            color=GREEN,
            markerfacecolor=face,
            markersize=6,
            markeredgewidth=1.4,
            zorder=5,
            clip_on=False,
        )


def _legend() -> list[Line2D]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=BLUE, marker="o", markersize=5, linewidth=2, label="mean over seeds, 95 % interval"),
        Line2D([], [], color=LIGHT, marker=".", linestyle="", label="one seed"),
        Line2D([], [], color=ORANGE, linestyle=(0, (4, 2)), label="calling everything positive"),
        Line2D(
            [], [], color=GREEN, marker="D", linestyle="", markerfacecolor="white", label="published, for that agent (quoted)"
        ),
        Line2D([], [], color=GREEN, marker="D", linestyle="", label="published by a fine-tune (quoted)"),
    ]
