"""Every figure can be read: no two texts lie on each other, none is smaller on a phone than it may be, and it is as wide as one."""

import copy
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import test_decomposition as decomposition_run
import yaml
from test_dose import TITLES as DOSE_TITLES, both_agents
from test_figure_classes import CHOOSING
from test_figure_dumbbell import lines
from test_figure_optimism import CALLED as OPTIMISM_CALLED, TABLE as OPTIMISM
from test_figure_prevalence import ALL, CALLED, DECIDED, SCORES as THRESHOLDS, TABLE as MEASURED
from test_figure_three_evaluations import DECIDED as REBUILT, EVALUATIONS, PUBLISHED, TABLE as EVALUATED, TIES
from test_figures import AUDIT
from test_multiverse import table_of, universe

from frames import decided_rows
from mirage.declared import discover
from mirage.figures import (
    cost,
    decomposition,
    dose,
    dumbbell,
    f1,
    f1_by_class,
    forest,
    gap,
    label_rate,
    leakage,
    macro_f1,
    multiverse,
    noticed,
    optimism,
    prevalence,
    reliability,
    tool_calls,
)
from mirage.figures.plan import learning, named
from mirage.figures.style import LEAST_TYPE, PHONE, styled
from mirage.measure import POSITIVE
from mirage.results import read_csv
from mirage.study.grid import Study
from mirage.study.loading import fill_defaults
from mirage.traces.record import titles_of
from mirage.traces.tools import Grouping
from on_the_books.figures import agents_grid, three_evaluations, ties

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
LONG = ["ml-intern with Kimi, Legal-BERT, 3 epochs", "XGBoost, as UNC's", "Claude Code, ModernBERT, as run with $"]


def study_of():
    config = copy.deepcopy(CONFIG)
    fill_defaults(config)
    return Study.from_config(config)


STUDY = study_of()
WORDS = STUDY.words
TITLES = dict(learning(STUDY))


def table(name):
    return read_csv(ROOT / f"results/reference/{name}.csv")


def resource(name):
    return read_csv(ROOT / f"workflow/resources/{name}.csv")


def seeds(split):
    """F1 of every seed, of the reference's agents."""
    known = table("tables/f1")
    known = known[(known["split"] == split) & known["f1"].notna()]
    return pd.DataFrame(
        [
            {"split": split, "agent": row.agent, "seed": seed, "group_kind": "all", "f1": row.f1 - 0.01 * seed}
            for row in known.itertuples()
            for seed in range(3)
        ],
        columns=["split", "agent", "seed", "group_kind", "f1"],
    )


def f1_random():
    schemes = WORDS.of_each(dict(named(STUDY, CONFIG["figures"]["f1_random"])))
    runs = pd.concat([seeds(scheme) for scheme in schemes])
    return f1.f1_figure(table("tables/f1"), runs, resource("published"), schemes, dict(STUDY.titles_run))


def reliability_drawn():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 200).tolist()
    rows = pd.concat([decided_rows("kfold", agent, 0, labels, labels) for agent in ("one", "two", "three")])
    rows["score"] = generator.random(len(rows))
    errors = pd.DataFrame([{"agent": agent, "split": "kfold", "group_kind": "all", "ece": 0.1} for agent in ("one", "two")])
    titles = dict(zip(("one", "two", "three"), LONG, strict=True))
    return reliability.reliability_figure(
        {"kfold": rows, "matched": rows}, errors, titles, dict(zip(("kfold", "matched"), LONG, strict=False)), 0.95
    )


def by_class():
    rows = [("kfold", f"a class of a long name, number {number}", 0.5, 1000) for number in range(9)]
    own = pd.DataFrame(rows, columns=["split", "class", "f1", "rows"]).assign(low=0.2, high=0.9)
    return f1_by_class.f1_by_class_figure(own, "kfold", None)


def long_lines():
    titled = [
        dumbbell.Line(f"a{place}", title, *_rest(line))
        for place, (title, line) in enumerate(zip(LONG, lines() * 2, strict=False))
    ]
    return dumbbell.dumbbell_figure(
        titled, ["random splits", WORDS.say("«units» and near-duplicates kept whole"), "murray held out"], POSITIVE, 0.95
    )


def _rest(line):
    return line.places, line.floor, line.word, line.drop


DRAWN = {
    "agents_grid": lambda: agents_grid.agents_grid_figure(
        resource("published_grid"), table("tables/published"), resource("published"), table("tables/f1"), {"regex": LONG[0]}
    ),
    "cost": lambda: cost.cost_figure(cost.with_money(table("cost/cost"), resource("prices")), dict(STUDY.titles)),
    "decomposition": lambda: decomposition.decomposition_figure(
        decomposition_run.table_of(decomposition_run.noisy()), "paschal", {"words": LONG[0]}, "paschal"
    ),
    "dose": lambda: dose.dose_figure(both_agents(), "site-a", dict(zip(DOSE_TITLES, LONG, strict=False)), WORDS, "site A"),
    "dumbbell": long_lines,
    "dumbbell of the reference": lambda: dumbbell.dumbbell_figure(
        dumbbell.lines_of(
            table("tables/f1"),
            table("tables/verdict").query("held_out == 'source-curated'"),
            TITLES,
            "kfold-grouped",
        ),
        ["random splits", WORDS.say("«units» and near-duplicates kept whole"), "curated lists held out"],
        POSITIVE,
        0.95,
    ),
    "f1_by_class": by_class,
    "f1_random": f1_random,
    "forest": lambda: forest.forest_figure(table("tables/verdict"), table("tables/overview"), TITLES, POSITIVE, WORDS),
    "gap": lambda: gap.gap_figure(table("tables/gap"), WORDS.of_each(dict(named(STUDY, CONFIG["gap"]["held_out"]))), TITLES),
    "label_rate": lambda: label_rate.label_rate_figure(AUDIT, WORDS),
    "class sizes": lambda: label_rate.class_sizes_figure(
        {
            "classes": [{"class": f"a class of a long name {rows}", "rows": rows} for rows in (3, 40, 123456)],
            "all": {"sections": 123499},
        },
        WORDS,
    ),
    "leakage": lambda: leakage.leakage_figure(
        table("tables/leakage"), WORDS.of_each(dict(named(STUDY, STUDY.compared))), WORDS
    ),
    "macro_f1": lambda: macro_f1.macro_f1_figure(CHOOSING, ["kfold", "out-x"], {"tfidf": LONG[0]}),
    "multiverse": lambda: multiverse.multiverse_figure(universe(), table_of()),
    "noticed": lambda: noticed.noticed_figure(table("tables/noticed"), dict(titles_of(STUDY))),
    "optimism": lambda: optimism.optimism_figure(
        OPTIMISM, dict(zip(("tiny", "large", "tiny-as-run"), LONG, strict=True)), OPTIMISM_CALLED
    ),
    "prevalence": lambda: prevalence.prevalence_figure(
        ALL,
        MEASURED,
        THRESHOLDS,
        DECIDED,
        "curated",
        dict(zip(("graded", "second", "late"), LONG, strict=True)),
        CALLED,
        "curated lists",
    ),
    "reliability": reliability_drawn,
    "three_evaluations": lambda: three_evaluations.three_evaluations_figure(
        EVALUATED, REBUILT, TIES, PUBLISHED, EVALUATIONS, "words", 0.95
    ),
    "ties": lambda: ties.ties_figure(table("tables/published"), seeds("stratified"), TITLES, 0.95),
    "tool_calls": lambda: tool_calls.tool_calls_figure(
        table("tables/traces"), Grouping(STUDY.config["traces"]["groups"]).names, dict(titles_of(STUDY))
    ),
}


def texts(figure):
    """Every text that is drawn."""
    found = list(figure.texts)
    for part in figure.subfigs:
        found += part.texts
        found += [text for legend in part.legends for text in legend.get_texts()]
    found += [text for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        found += [*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
        legend = axes.get_legend()
        found += legend.get_texts() if legend else []
        for axis, (low, high) in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
            ticks = axis.get_major_ticks() if axis.get_visible() else []
            found += [
                tick.label1 for tick in ticks if tick.label1.get_visible() and low - 1e-9 <= tick.get_loc() <= high + 1e-9
            ]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.fixture(scope="module", params=DRAWN)
def figure(request):
    with styled():
        drawn = DRAWN[request.param]()
        drawn.canvas.draw()
        yield drawn


def test_no_text_lies_on_another(figure):
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    covered = [
        (one, other)
        for (one, first), (other, second) in itertools.combinations(boxes, 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 1 and min(first.y1, second.y1) - max(first.y0, second.y0) > 1
    ]
    assert boxes
    assert covered == []


def test_on_a_phone_the_smallest_text_is_large_enough(figure):
    width = figure.get_tightbbox().width + 0.1
    smallest = min(text.get_fontsize() for text in texts(figure))
    assert smallest / 72 * PHONE / width >= LEAST_TYPE


def test_every_figure_that_is_declared_is_measured():
    declared = discover(["mirage.figures", "on_the_books.figures"], "FIGURE", STUDY)
    assert set(declared) <= set(DRAWN)
    assert {"macro_f1", "f1_by_class"} <= set(DRAWN)
