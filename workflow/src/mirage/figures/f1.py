"""F1 of every agent on several split schemes: each seed a dot, the mean with its interval, the published figures marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import Panel, absent, finish, reason, size_line, stack, with_data
from mirage.figures.plan import is_published, learning, level_of, named, schemes_of, seeds_of
from mirage.figures.style import BLUE, GREEN, GREY, LIGHT, ORANGE, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, tables_named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from mirage.results import Results
    from mirage.study.grid import Study

QUOTED = "published (quoted)"


def figures(study: Study) -> dict[str, declared.Figure]:
    """Declare each figure that the configuration names, with its schemes."""
    return {name: _declared(name, schemes) for name, schemes in study.config["figures"].items()}


def _declared(name: str, schemes: Sequence[str]) -> declared.Figure:
    return declared.Figure(
        caption=lambda study: CAPTIONS[name](study) if name in CAPTIONS else _caption(study, schemes),
        reads=lambda study: [*RUN, *tables_named("f1")],
        options=lambda study: {
            "schemes": named(study, schemes),
            "titles": learning(study),
            "level": study.config["intervals"]["level"],
        },
        resources=("published.csv",),
    )


def draw(results: Results) -> Figure:
    """Return :func:`f1_figure` of the schemes that the configuration names."""
    schemes, titles = schemes_of(results), dict(results.options["titles"])
    table, quoted = results.table("f1"), results.resource_table("published.csv")
    return f1_figure(table, results.scores, quoted, schemes, titles, results.options["level"])


def _caption(study: Study, schemes: Sequence[str]) -> str:
    return f"""
        F1 of the positive class at threshold 0.5, a panel for each of these: {"; ".join(name for _, name in named(study, schemes))}. Large
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


def _diamonds(study: Study) -> str:
    return " Diamonds, on a line of their own: published figures, quoted." if is_published(study) else ""


# The figures whose schemes have something in common to say.
CAPTIONS: Mapping[str, Callable[[Study], str]] = {"f1_random": _random}


def f1_figure(
    table: pd.DataFrame,
    scores: pd.DataFrame,
    published: pd.DataFrame,
    schemes: Mapping[str, str],
    titles: Mapping[str, str],
    level: float = 0.95,
) -> Figure:
    """Draw one panel a scheme, what is quoted on a line of its own above the agents.

    Parameters
    ----------
    table:
        The F1 table: ``split, agent, f1, low, high, always_positive_f1, rows, positives``.
    scores:
        One row a run and group; the F1 of ``group_kind == "all"`` are the dots.
    published:
        Quoted figures; those that are F1 on all rows of a scheme become diamonds.
    schemes:
        Which to draw, and what they are called.
    titles:
        Agent names and how to print them, top to bottom; those without a cell on a scheme have no line there.
    level:
        Of the intervals.
    """
    runs = scores[scores["group_kind"] == "all"]
    quoted = published[(published["metric"] == "f1") & (published["group"] == "all")]
    of_scheme = {scheme: table[table["split"] == scheme] for scheme in schemes}
    drawn = {scheme: with_data(rows, "f1", list(titles)) for scheme, rows in of_scheme.items()}
    shown = [scheme for scheme, agents in drawn.items() if agents]
    panels = [
        Panel(
            schemes[scheme],
            size_line(of_scheme[scheme], "test rows"),
            [*([QUOTED] if (quoted["split"] == scheme).any() else []), *(titles[agent] for agent in drawn[scheme])],
        )
        for scheme in shown
    ]
    figure, found = stack(panels)
    for axes, scheme in zip(found, shown, strict=True):
        _panel(axes, of_scheme[scheme], runs[runs["split"] == scheme], quoted[quoted["split"] == scheme], drawn[scheme])
        axes.set_xlim(0, 1.02)
    absent_ones = [name for scheme, name in schemes.items() if scheme not in shown]
    finish(figure, "F1 of the positive class", only_drawn(figure, _legend(level)), absent(absent_ones))
    return figure


def _panel(axes: Axes, table: pd.DataFrame, runs: pd.DataFrame, quoted: pd.DataFrame, agents: Sequence[str]) -> None:
    floor = table["always_positive_f1"].dropna()
    if len(floor):
        axes.axvline(floor.iloc[0], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    for row in quoted.itertuples():
        own = isinstance(row.agent, str)
        face = "white" if own else GREEN
        axes.plot(row.value, 0, "D", color=GREEN, markerfacecolor=face, markersize=6, markeredgewidth=1.4, zorder=5)
    by_agent = table.set_index("agent")
    for position, agent in enumerate(agents, start=int(len(quoted) > 0)):
        row = by_agent.loc[agent]
        if np.isnan(row["f1"]):
            axes.text(0.02, position, reason(row), va="center", color=GREY)
            continue
        values = runs.loc[runs["agent"] == agent].sort_values("seed", kind="stable")["f1"].to_numpy()
        offsets = np.linspace(-0.22, 0.22, len(values)) if len(values) > 1 else np.zeros(len(values))
        axes.plot(values, position + offsets, ".", color=LIGHT, markersize=4, zorder=2)
        axes.plot([row["low"], min(row["high"], 1.0)], [position, position], color=BLUE, linewidth=2, zorder=3)
        axes.plot(row["f1"], position, "o", color=BLUE, markersize=5, zorder=4)


def _legend(level: float) -> list[Line2D]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=BLUE, marker="o", markersize=5, linewidth=2, label=f"mean over seeds, {level:.0%} interval"),
        Line2D([], [], color=LIGHT, marker=".", linestyle="", label="one seed"),
        Line2D([], [], color=ORANGE, linestyle=(0, (4, 2)), label="calling everything positive"),
        Line2D(
            [], [], color=GREEN, marker="D", linestyle="", markerfacecolor="white", label="quoted, of an agent rebuilt here"
        ),
        Line2D([], [], color=GREEN, marker="D", linestyle="", label="quoted, of a fine-tune"),
    ]
