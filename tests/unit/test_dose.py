"""The dose curve of exposure: its points by hand, the seeds they share, and the figure."""

import dataclasses
import json
import math
from types import SimpleNamespace

import pandas as pd
import pytest

from frames import decided_rows, score_row
from mirage.design import Design
from mirage.figures.dose import FIGURE, dose_figure
from mirage.figures.style import BLUE, LIGHT, styled
from mirage.held_out.sources import HeldSource, Others
from mirage.splits.names import Schemes
from mirage.states import COMPLETE, MISSING
from mirage.tables.dose import COLUMNS, TABLE, dose_panels, dose_table
from mirage.words import Words
from script_loader import COVERAGE, make_figure, make_table

ARMS = ("arm-in-site-a", "arm-size-site-a", "arm-out-site-a")
OTHERS = Others("not Site A", ("Site B",), "the others")
DOSED = HeldSource("site-a", ("Site A",), ARMS, "matched-site-a", ("Site A",), OTHERS, doses=("third", "half"))
CURVE = ["arm-out-site-a", "third", "half", "arm-size-site-a"]
FOUND = (2, 5, 5, 8)
TITLES = {"words": "Words", "trees": "Trees"}


def known():
    """The schemes of Site A, and those of its doses, which only a definition can name."""
    families = Schemes()
    size = families["arm-size-site-a"]
    doses = {"third": 1 / 3, "half": 0.5}
    return {name: families[name] for name in ("stratified", "matched-site-a", *ARMS)} | {
        name: dataclasses.replace(size, name=name, arguments={**size.arguments, "dose": dose}) for name, dose in doses.items()
    }


class Dosed(Design):
    """A design whose doses have fewer seeds than its other schemes."""

    facts = property(lambda self: known())

    def planned(self, split, agent):
        planned = super().planned(split, agent)
        return planned if planned is None or split not in DOSED.doses else planned[:2]


DESIGN = Dosed(
    schemes=["stratified", *ARMS, *DOSED.doses],
    agents=["words"],
    seeds=[0, 1, 2],
    level=0.8,
    draws=2000,
    seed=0,
    reference="stratified",
    held_out=[],
)


def run(split, found, seed, agent="words"):
    """One run on ten positive rows, of which the first ``found`` are found, and two negative ones."""
    return decided_rows(split, agent, seed, [1] * 10 + [0] * 2, [1] * found + [0] * (10 - found) + [0, 1])


def decided(found=FOUND, agent="words", third=0):
    """The runs of a curve; those of seed 2, which the doses lack, find ``third`` rows."""
    return {
        split: pd.concat([run(split, count, seed, agent) for seed in (0, 1)])
        if split in DOSED.doses
        else pd.concat([run(split, third if seed == 2 else count, seed, agent) for seed in (0, 1, 2)])
        for split, count in zip(CURVE, found, strict=True)
    }


def table_of(frames=None, sources=(DOSED,), **changes):
    return dose_table(decided() if frames is None else frames, dataclasses.replace(DESIGN, **changes), sources)


def test_points_by_hand_in_the_order_of_the_dose():
    table = table_of()
    assert list(table) == COLUMNS
    assert table["split"].tolist() == CURVE
    assert table["dose"].tolist() == pytest.approx([0, 1 / 3, 0.5, 1])
    assert table["recall"].tolist() == pytest.approx([0.2, 0.5, 0.5, 0.8])
    assert table["difference"].tolist()[1:] == pytest.approx([0.3, 0.3, 0.6])
    assert math.isnan(table["difference"].iloc[0])
    assert table[["seeds", "positives", "units"]].drop_duplicates().values.tolist() == [[2, 10, 10]]


def test_all_points_are_of_the_seeds_that_every_dose_has():
    # What the third seed finds, in the arms alone, moves nothing.
    pd.testing.assert_frame_equal(table_of(decided(third=0)), table_of(decided(third=10)))


def test_a_change_is_of_the_same_rows():
    # Three of ten rows change between none and a third: binomial(10, .3), which has 0 and 7 (see the test of exposure).
    third = table_of().iloc[1]
    assert (third["diff_low"], third["diff_high"]) == (pytest.approx(0.0), pytest.approx(0.7))
    # Recall itself is binomial(10, .5) there: at tails of .072, 3 and 7.
    assert (third["low"], third["high"]) == (pytest.approx(0.3), pytest.approx(0.7))
    # Drawn together, alike doses never differ.
    assert table_of().iloc[1][["low", "high"]].tolist() == table_of().iloc[2][["low", "high"]].tolist()
    same = table_of(decided((5, 5, 5, 5))).iloc[3]
    assert (same["difference"], math.isnan(same["diff_low"])) == (0, True)


@pytest.mark.parametrize("split", CURVE)
def test_a_missing_run_at_any_dose_is_missing_at_all(split):
    frames = decided()
    frames[split] = frames[split][frames[split]["seed"] != 1]
    table = table_of(frames)
    assert table["status"].tolist() == [MISSING] * 4
    assert table["recall"].isna().all()


def test_agents_without_the_doses_and_sources_without_doses_have_no_curve():
    grid = {"trees": {"schemes": ["stratified", *ARMS], "seeds": [0, 1, 2], "reason": None}}
    assert set(table_of(agents=["words", "trees"], grid=grid)["agent"]) == {"words"}
    assert table_of(sources=[dataclasses.replace(DOSED, doses=())]).empty


def test_seeds_that_no_two_schemes_share_are_told():
    class Apart(Dosed):
        def planned(self, split, agent):
            return [0, 1] if split in DOSED.doses else [5]

    arms = {split: frame[frame["seed"] < 1].assign(seed=5) for split, frame in decided().items() if split not in DOSED.doses}
    table = dose_table(decided() | arms, Apart(**vars(DESIGN)), [DOSED])
    assert table["status"].unique().tolist() == ["no seed in common"]


def test_a_study_has_table_and_figure_where_an_entry_has_doses():
    entry = {"name": "site-a", "arms": list(ARMS), "matched": "matched-site-a", "doses": []}
    study = SimpleNamespace(taken_apart=[entry], facts=Schemes(), config={"intervals": {"level": 0.9}})
    assert not TABLE.made(study)
    assert not FIGURE.made(study)
    study.taken_apart = [entry, {**entry, "name": "site-b", "doses": ["third", "half"]}]
    assert TABLE.made(study)
    assert FIGURE.made(study)
    assert [path for path in TABLE.reads(study) if path.startswith("outcomes/")] == [
        f"outcomes/{scheme}.parquet" for scheme in CURVE
    ]
    caption = " ".join(FIGURE.caption(study).split())
    assert caption.startswith("Recall on the positive rows of site b, a panel an agent")
    assert "its 90% interval" in caption


def both_agents():
    trees = pd.DataFrame(
        [{"agent": "trees", "source": "site-a", "dose": dose, "status": MISSING} for dose in (0, 1 / 3, 0.5, 1)]
    )
    return pd.concat([table_of(), trees], ignore_index=True)


def test_panels_have_agents_down_and_shares_across():
    recall, change = dose_panels(both_agents(), TITLES, 0.8)
    assert list(recall.cells) == ["agent", "0%", "33%", "50%", "100%"]
    assert recall.cells.loc[0].tolist()[:3] == ["Words", ".200 [.000, .400]", ".500 [.300, .700]"]
    assert recall.cells.loc[1].tolist() == ["Trees", "–", "–", "–", MISSING]
    assert list(change.cells) == ["agent", "33%", "50%", "100%"]
    assert change.cells.loc[0, "33%"] == ".300 [.000, .700]"
    assert "on the same 10 positive rows" in recall.caption
    assert "means over 2 seeds [80% interval: bootstrap over units x seeds" in change.caption
    assert "harder" not in recall.caption + change.caption


def test_a_panel_of_the_figure_is_an_agent_with_its_intervals():
    table = pd.concat([both_agents(), table_of(decided((1, 2, 3, 4))).assign(agent="lists")])
    with styled():
        figure = dose_figure(table, "site-a", {**TITLES, "lists": "Lists", "gone": "Gone"}, Words(group="hospital"), "site A")
        words, trees, lists = [axes for axes in figure.axes if axes.get_visible()]
        titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
        labels = [text.get_text() for text in figure.legends[0].get_texts()]
        below = figure.texts[0].get_text()
    assert titles == ["Words", "Trees", "Lists"]
    [line] = [line for line in words.lines if line.get_color() == BLUE]
    assert line.get_xdata() == pytest.approx([0, 1 / 3, 0.5, 1])
    assert line.get_ydata() == pytest.approx([0.2, 0.5, 0.5, 0.8])
    [ends] = [lines.get_segments() for lines in words.collections]
    assert [segment[:, 1].tolist() for segment in ends[:2]] == [pytest.approx([0.0, 0.4]), pytest.approx([0.3, 0.7])]
    # Behind each the other that is complete; one that is missing has no line, and says so.
    assert [[list(line.get_ydata()) for line in axes.lines if line.get_color() == LIGHT] for axes in (words, lists)] == [
        [pytest.approx([0.1, 0.2, 0.3, 0.4])],
        [pytest.approx([0.2, 0.5, 0.5, 0.8])],
    ]
    assert [text.get_text() for text in trees.texts] == [MISSING]
    assert labels == ["recall with its interval", "the other agents"]
    assert below == "share of the hospital's other rows trained on, site A"


def test_a_legend_names_what_is_drawn_and_no_agent_is_missing():
    with styled():
        alone = dose_figure(table_of(), "site-a", TITLES, Words(), "site A")
        assert [text.get_text() for text in alone.legends[0].get_texts()] == ["recall with its interval"]
        nobody = dose_figure(table_of(), "site-a", {"gone": "Gone"}, Words(), "site A")
        assert nobody.texts[-1].get_text() == MISSING
        assert not any(axes.get_visible() for axes in nobody.axes)


def test_from_outcomes_to_table_and_figure(tmp_path, monkeypatch):
    for name in ("mirage.design.Schemes", "mirage.splits.names.Schemes"):
        monkeypatch.setattr(name, lambda definitions=None: known())
    (tmp_path / "data").mkdir()
    (tmp_path / "outcomes").mkdir()
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "synthetic"}), encoding="utf-8")
    pd.DataFrame({"source": ["Site A", "Site B"]}).to_parquet(tmp_path / "data/sections.parquet")
    pd.DataFrame([score_row("stratified", "words", 0, tp=1, stand_in=False)]).to_parquet(tmp_path / "scores.parquet")
    for split, frame in decided().items():
        frame[frame["seed"] < 2].to_parquet(tmp_path / f"outcomes/{split}.parquet")
    design = dataclasses.asdict(DESIGN) | {"seeds": [0, 1]}
    study = {"design": design, "titles": [["words", "Words"]], "notes": {}}
    entry = {"name": "site-a", "groups": ["Site A"], "arms": list(ARMS), "matched": "matched-site-a"}
    entry |= {"doses": ["half", "third"], "others": None, "title": "the others"}
    assert make_table("mirage.tables.dose", tmp_path, {"study": study, "taken_apart": [entry]}, [COVERAGE]) == 0
    table = pd.read_csv(tmp_path / "tables/dose.csv")
    assert table["split"].tolist() == CURVE
    assert set(table["status"]) == {COMPLETE}
    assert "| Words | .200 [.000, .400] |" in (tmp_path / "tables/dose.md").read_text(encoding="utf-8")
    shown = {"source": "site-a", "called": "site A", "titles": [["words", "Words"]]}
    assert make_figure("mirage.figures.dose", tmp_path, shown, tmp_path / "figures/dose") == 0
    assert "synthetic corpus" in (tmp_path / "figures/dose.svg").read_text(encoding="utf-8")
