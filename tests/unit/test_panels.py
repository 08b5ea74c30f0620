import math

import pandas as pd

from known_schemes import SCHEMES
from mirage.design import Design
from mirage.tables.f1 import f1_panels
from mirage.tables.gap import gap_panels
from mirage.tables.leakage import leakage_panels
from mirage.tables.notes import agent_notes, not_run_notes, scheme_notes
from on_the_books.tables.reproduction import reproduction_notes, reproduction_panels

NAN = math.nan
TITLES = {"words": "Ten words", "trees": "Trees"}
DESIGN = Design(
    schemes=["stratified", "time"],
    agents=["words", "trees"],
    seeds=range(10),
    level=0.95,
    draws=200,
    seed=0,
    reference="stratified",
    held_out=["time"],
)


def f1_row(split, kind, agent, f1, low=NAN, high=NAN, interval=None, rows=NAN, positives=NAN):
    names = {
        "split": split,
        "kind": kind,
        "agent": agent,
        "planned": 10,
        "status": "complete",
        "f1": f1,
        "low": low,
        "high": high,
    }
    return {**names, "interval": interval, "rows": rows, "positives": positives}


F1 = pd.DataFrame(
    [
        f1_row("stratified", "resampled", "words", 0.5, 0.4, 0.6, "corrected resampled t", 357, 102),
        f1_row("stratified", "resampled", "trees", NAN),
        f1_row("time", "fixed", "words", 0.7, 0.65, 0.8, "bootstrap over rows", 200, 20),
        f1_row("time", "fixed", "trees", 1.0, 0.9, 1.0, "Wilson", 200, 20),
        f1_row("matched", "fixed", "words", NAN),
        f1_row("matched", "fixed", "trees", NAN),
    ]
)


def test_there_is_a_panel_for_each_kind_of_scheme_with_a_caption_that_names_its_interval():
    random, fixed = f1_panels(F1, TITLES, 0.95)
    assert random.caption.startswith("F1 of the positive class at threshold 0.5 on a random test set")
    assert "Mean over 10 seeds [95% interval: corrected resampled t]" in random.caption
    assert "[95% interval: Wilson or bootstrap over rows]" in fixed.caption


def test_agents_go_down_and_schemes_across_with_their_test_set_s_size():
    random, fixed = f1_panels(F1, TITLES, 0.95)
    assert random.cells.to_dict("list") == {
        "agent": ["Ten words", "Trees"],
        "stratified (n 357, positive 102)": [".500 [.400, .600]", "missing"],
    }
    assert fixed.cells.to_dict("list") == {
        "agent": ["Ten words", "Trees"],
        "time (n 200, positive 20)": [".700 [.650, .800]", "1.000 [.900, 1.000]"],
        "matched (not run)": ["missing", "missing"],
    }


def test_agents_stand_in_the_titles_order():
    [random] = f1_panels(F1[F1["kind"] == "resampled"], {"trees": "Trees", "words": "Ten words"}, 0.95)
    assert random.cells["agent"].tolist() == ["Trees", "Ten words"]
    assert random.cells.iloc[:, 1].tolist() == ["missing", ".500 [.400, .600]"]


def test_a_kind_of_scheme_without_a_run_has_no_interval_to_name():
    [fixed] = f1_panels(F1[F1["split"] == "matched"], TITLES, 0.9)
    assert "[90% interval: none]" in fixed.caption


def gap_row(agent, gap, **others):
    names = ["f1_reference", "f1_held_out", "low", "high", "rows", "positives", "auc_reference", "auc_held_out"]
    names += ["always_positive_reference", "always_positive_held_out", "beside", "gap_beside", "low_beside", "high_beside"]
    row = {
        "agent": agent,
        "held_out": "time",
        "reference": "kfold",
        "gap": gap,
        "status": "missing" if gap != gap else "complete",
        "interval": None,
        **dict.fromkeys(names, NAN),
    }
    return {**row, **others}


def test_the_gap_stands_beside_both_scores_and_what_calling_everything_positive_would_give():
    whole = gap_row(
        "words",
        0.25,
        f1_reference=0.75,
        f1_held_out=0.5,
        low=-0.1,
        high=0.6,
        rows=112.0,
        positives=109.0,
        always_positive_reference=0.445,
        always_positive_held_out=0.986,
        auc_reference=0.9,
        interval="bootstrap",
        beside="kfold-grouped",
        gap_beside=0.2,
        low_beside=0.1,
        high_beside=0.3,
    )
    [panel] = gap_panels(pd.DataFrame([whole, gap_row("trees", NAN)]), TITLES, DESIGN)
    first, second = panel.cells.to_dict("records")
    assert first == {
        "held out": "time",
        "agent": "Ten words",
        "n (positive)": "112 (109)",
        "from": "kfold",
        "F1": ".750",
        "F1 held out": ".500",
        "gap": ".250 [-.100, .600]",
        "gap from kfold-grouped": ".200 [.100, .300]",
        "always positive": ".445",
        "always positive, held out": ".986",
        "AUC": ".900",
        "AUC held out": "–",
    }
    assert (second["agent"], second["n (positive)"], second["F1 held out"], second["gap"]) == ("Trees", "–", "–", "missing")
    assert "F1 on rows like those that are trained on (kfold) minus" in panel.caption
    assert "Mean over 10 seeds [95% interval: bootstrap," in panel.caption


def quoted(**values):
    row = {"published_by": "a post", "what": "F1", "split": "exact-unc", "value": 0.751, "digits": 3, "ours": 0.7514}
    row |= {"least": 0.7514, "greatest": 0.7514, "difference": 0.0004, "verdict": "equal as printed", "note": NAN}
    row |= dict.fromkeys(("orders", "matching", "tie_least", "tie_greatest"), NAN)
    return {**row, **values}


def test_a_published_figure_keeps_its_digits_and_ours_shows_more():
    table = pd.DataFrame(
        [
            quoted(),
            quoted(value=0.94, digits=2, ours=0.9512, least=0.94, greatest=0.96, difference=0.0112, note="no seed"),
            quoted(value=357, digits=0, ours=357.0, least=357.0, greatest=357.0, difference=0.0),
            quoted(split=NAN, ours=NAN, least=NAN, greatest=NAN, difference=NAN, verdict="not run here"),
        ]
    )
    [panel] = reproduction_panels(table)
    assert panel.cells["quoted"].tolist() == [".751", ".94", "357", ".751"]
    assert panel.cells["ours"].tolist() == [".7514", ".9512", "357", "–"]
    assert panel.cells["over seeds"].tolist() == ["–", ".9400 to .9600", "–", "–"]
    assert panel.cells["difference"].tolist() == [".0004", ".0112", "0", "–"]
    assert panel.cells["on"].tolist() == ["exact-unc", "exact-unc", "exact-unc", "–"]
    assert panel.cells["note"].tolist() == ["", "no seed", "", ""]
    assert panel.cells["over tie orders"].tolist() == ["–"] * 4
    assert reproduction_notes(table, {}) == []


def test_tie_orders_are_shown_and_explained_where_a_figure_hangs_on_them():
    table = pd.DataFrame([quoted(orders=30, matching=2, tie_least=0.7514, tie_greatest=0.7727), quoted()])
    [panel] = reproduction_panels(table)
    assert panel.cells["over tie orders"].tolist() == [".7514 to .7727", "–"]
    [note] = reproduction_notes(table, {"max_features": 20000})
    assert "the 20,000 n-grams" in note
    assert "of 30 random orders" in note
    assert "found by matching these figures" in note


def test_leakage_is_shown_as_shares_of_the_rows_tested():
    row = {"split": "kfold", "train": 120.0, "train_positives": 30.4, "validation": 20.0, "test": 40.0, "test_positives": 11.5}
    row |= {"unused": 0.0, "tested": 200.0, "exact_duplicates": 3.0, "near_duplicates": 25.0, "sharing_chapter": 200.0}
    [panel] = leakage_panels(pd.DataFrame([{**row, "label_conflicts": 0.0}]))
    assert panel.cells.to_dict("records") == [
        {
            "split": "kfold",
            "train (positive)": "120 (30)",
            "validation": "20",
            "test (positive)": "40 (12)",
            "unused": "0",
            "exact duplicate in training": "1.5%",
            "near-duplicate in training": "12.5%",
            "«unit» in training": "100.0%",
            "near-duplicate with other label": "0.0%",
        }
    ]


def test_notes_are_a_list_with_a_line_a_scheme_or_agent():
    [schemes] = scheme_notes([SCHEMES["kfold"], SCHEMES["time"]])
    first, second = schemes.splitlines()
    assert first.startswith("- `kfold`: ")
    assert second.startswith("- `time`: ")
    assert agent_notes({"Words": "greedy", "Regex": "by hand"}) == ["- Words: greedy.\n- Regex: by hand."]
    assert agent_notes({}) == []


def test_an_agent_that_is_left_out_is_told_apart_from_a_missing_one_and_from_one_without_the_scheme():
    left_out = {**f1_row("time", "fixed", "trees", NAN), "status": "not run here"}
    elsewhere = f1_row("matched", "fixed", "words", 0.5)
    panels = f1_panels(pd.DataFrame([left_out, elsewhere]), TITLES, 0.95)
    cells = panels[0].cells.set_index("agent").to_dict("index")
    assert cells["Trees"] == {"time (not run)": "not run here", "matched (not run)": "–"}
    assert cells["Ten words"] == {"time (not run)": "–", "matched (not run)": ".500"}


def test_what_was_not_run_is_explained_with_the_command_that_runs_it():
    grid = {"trees": {"schemes": ["time"], "seeds": [0], "reason": "needs a GPU"}, "words": {"reason": None}}
    [note] = not_run_notes(grid, TITLES)
    assert note.splitlines() == [
        "- Not run here, needs a GPU: Trees.",
        "- To run one: write run: [trees] under encoders in the configuration, or add --config 'encoders={run: [trees]}' for one run.",
    ]
    assert not_run_notes({}, TITLES) == []
