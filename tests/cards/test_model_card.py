import math
from dataclasses import replace

import pandas as pd
import pytest
from huggingface_hub import EvalResult, ModelCard

from card_run import CITATION, DATA, OPTIONS, TEMPLATES, material_of, write_run
from hub_repos import metadata_faults
from mirage.cards.card import card_data, model_card
from mirage.cards.evaluations import evaluations
from mirage.cards.material import Data
from mirage.encoders.standins import STAND_IN_STAMP
from mirage.splits.names import Schemes
from mirage.stamps import STAMPS

SYNTHETIC = {
    **DATA,
    "corpus": "synthetic",
    "origin": "synthetic corpus of 240 rows, seed 0",
    "source": "synthetic",
    "revision": None,
}


def card_of(results, agent, options=OPTIONS):
    return model_card(material_of(results, options), agent, TEMPLATES / "model_card.md.j2", CITATION, 20)


def section(card, title):
    return card.text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def row_of(text, first):
    [line] = [line for line in text.splitlines() if line.startswith(f"| {first}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_model_index_has_an_entry_for_each_scheme_with_the_figures_of_the_table(results):
    index = card_data(material_of(results), "words").to_dict()["model-index"]
    [model] = index
    assert model["name"] == "mirage-words"
    assert [result["dataset"]["split"] for result in model["results"]] == [
        "stratified",
        "kfold-grouped",
        "source-curated",
        "matched",
    ]
    first = model["results"][0]
    assert first["task"]["type"] == "text-classification"
    assert first["dataset"]["type"] == "biglam/on_the_books"
    assert first["dataset"]["name"] == "On the Books, stratified: random rows tested, stratified by label"
    assert {metric["type"]: metric["value"] for metric in first["metrics"]} == {
        "f1": 0.8,
        "precision": 0.75,
        "recall": 0.65,
        "roc_auc": 0.9,
    }
    assert first["metrics"][0]["name"] == "F1 of the positive class, mean over 2 seeds [95% interval .750 to .850]"


def test_a_figure_that_the_table_does_not_have_is_no_result(results):
    found = card_data(material_of(results), "words").eval_results
    assert [one.metric_type for one in found if one.dataset_split == "source-curated"] == ["f1", "precision", "recall"]
    assert {one.dataset_split for one in card_data(material_of(results), "tiny").eval_results} == {"stratified"}


def test_no_card_tells_the_recall_of_a_fit_that_saw_few_negatives(results):
    material = material_of(results)
    few = replace(material, tables={**material.tables, "power": material.tables["power"].assign(negatives=3)})
    card = model_card(few, "words", TEMPLATES / "model_card.md.j2", CITATION, 20)
    said = "not valid: 3 negatives to train on"
    assert row_of(section(card, "What to expect of it"), "recall")[1:] == [".650", said, ".650"]
    assert row_of(section(card, "Every split scheme"), "`source-curated`")[4] == said
    found = card_data(few, "words").eval_results
    assert [one.metric_type for one in found if one.dataset_split == "source-curated"] == ["f1", "precision"]


def test_one_seed_is_one_seed():
    row = {"split": "random", "f1": 0.5, "low": float("nan"), "high": float("nan"), "precision": 0.5, "recall": 0.5, "auc": 0.5}
    [first, *_] = evaluations([{**row, "seeds": 1}], Data("a/b", "A", None, True), Schemes(), 0.95)
    assert first.metric_name == "F1 of the positive class, mean over 1 seed"


@pytest.mark.parametrize("agent", ["regex", "words", "tiny", "tiny-as-run"])
def test_a_saved_card_loads_with_the_results_that_were_put_in_and_passes_the_hub_s_rules(results, agent, tmp_path):
    card = card_of(results, agent)
    card.save(tmp_path / "README.md")
    loaded = ModelCard.load(tmp_path / "README.md")
    put_in = card_data(material_of(results), agent).eval_results
    assert loaded.data.eval_results == put_in
    assert all(isinstance(result, EvalResult) for result in put_in)
    assert loaded.data.to_dict() == card_data(material_of(results), agent).to_dict()
    assert metadata_faults(str(loaded), "model") == []


def test_random_and_held_out_stand_side_by_side_with_the_gap(results):
    text = section(card_of(results, "words"), "What to expect of it")
    assert row_of(text, " ") == ["", "random rows (`stratified`)", "held out (`source-curated`)", "held out (`matched`)"]
    assert row_of(text, "F1 [95% interval]")[1:] == [".800 [.750, .850]", ".571 [.521, .621]", ".620 [.570, .670]"]
    assert row_of(text, "ROC AUC")[1:] == [".900", "–", ".900"]
    assert row_of(text, "F1 of calling everything positive")[1:] == [".460", ".987", ".600"]
    assert row_of(text, "test rows (positive)")[1:] == ["100 (30)", "40 (39)", "100 (30)"]
    assert "The gap is .229 [.110, .350]" in text
    assert "On `source-curated` calling everything positive scores as much or more" in text


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.1, 0.3, "expect the second column"),
        (-0.1, 0.3, "The interval holds 0: a drop was not shown, which is not the same as none."),
        (-0.3, -0.1, "F1 is higher on the held-out rows."),
        (math.nan, math.nan, "The gap is .229. The held-out rows come in too few units for an interval"),
    ],
)
def test_the_gap_is_said_by_its_interval(results, low, high, said):
    material = material_of(results)
    gap = material.tables["gap"].assign(low=low, high=high)
    card = model_card(
        replace(material, tables={**material.tables, "gap": gap}), "words", TEMPLATES / "model_card.md.j2", CITATION, 20
    )
    assert said in section(card, "What to expect of it")


def test_what_is_missing_stays_missing(results):
    card = card_of(results, "tiny")
    expected = section(card, "What to expect of it")
    assert row_of(expected, "F1 [95% interval]")[1:] == [".900 [.850, .950]", "missing"]
    assert "The gap between the two is missing" in expected
    every = row_of(section(card, "Every split scheme"), "`matched`")
    assert set(every[1:]) == {"missing"}
    assert "No held-out figure" in section(card, "Limits")
    left = section(card, "What was not run")
    assert "planned and not complete: `matched` (missing)" in left
    assert "not planned: `kfold-grouped`, `source-curated`" in left
    assert "149 million parameters need a GPU: Large" in left


def test_a_run_without_tables_says_so(results):
    material = replace(material_of(results), tables={})
    card = model_card(material, "words", TEMPLATES / "model_card.md.j2", CITATION, 20)
    assert "model-index" not in card.data.to_dict()
    assert "The table of leakage is missing." in card.text
    assert row_of(section(card, "What to expect of it"), "recall")[1:] == ["missing", "missing"]


def test_sources_with_few_positives_print_no_rate(results):
    text = section(card_of(results, "words"), "By «group»")
    assert row_of(text, "murray") == ["murray", "38 (35)", ".250 [.150, .350]", ".700 [.600, .800]"]
    assert row_of(text, "paschal")[2:] == ["fewer than 20 positive", "fewer than 20 positive"]


def test_an_agent_that_the_table_of_sources_lacks_has_its_scores_without_intervals(results):
    text = section(card_of(results, "tiny"), "By «group»")
    assert "without intervals" in text
    assert row_of(text, "experts") == ["experts", "`stratified`", "95 (25)", ".600", ".667"]
    assert row_of(text, "murray")[3:] == ["fewer than 20 positive"] * 2


def test_leakage_is_a_share_of_the_test_rows(results):
    text = section(card_of(results, "words"), "What test rows share with training rows")
    assert row_of(text, "`stratified`")[1:] == ["4.0%", "12.0%", "20.0%", "0.0%"]


def test_how_the_epoch_was_chosen_and_what_choosing_on_test_rows_adds(results):
    title = "How the epoch and the threshold were chosen"
    text = section(card_of(results, "tiny"), title)
    assert "greatest F1 on validation rows" in text
    assert row_of(text, "`stratified`")[4:] == [".030 [-.010, .070]", ".020 [.000, .040]"]
    assert "There are no epochs to choose from." in section(card_of(results, "words"), title)
    card = card_of(results, "tiny-as-run")
    assert card.text.lstrip().startswith("> **The epoch was chosen on the rows that are scored**")
    assert "optimistic" in section(card, title)


def test_limits_are_numbers_of_this_run(results):
    text = section(card_of(results, "words"), "Limits")
    assert "40 test rows, 39 positive and 1 negative, too few to say anything about false alarms" in text
    assert "would show a drop in recall of .180 four times in five (power .8)" in text
    assert "The rows come from experts and murray." in text
    assert "30 % of the random test rows are positive and 98 % of the held-out ones" in text


def test_the_recipe_has_every_parameter_and_what_stood_behind_it(results):
    words = section(card_of(results, "words"), "Recipe")
    assert row_of(words, "`ngrams`")[1] == "`[1, 2]`"
    assert words.strip().startswith("Our own.")
    tiny = section(card_of(results, "tiny"), "Recipe")
    assert row_of(tiny, "commit of the checkpoint")[1] == f"`{'b' * 40}`"
    assert row_of(tiny, "precision that ran")[1] == "`bf16`"
    assert "as_run" not in tiny
    as_run = section(card_of(results, "tiny-as-run"), "Recipe")
    assert row_of(as_run, "`selection`")[1] == "`best-on-test`"
    assert row_of(as_run, "`seed`")[1] == "`42`"
    assert row_of(as_run, "how it trains")[1].startswith("shuffled rows share a batch")
    assert row_of(tiny, "how it trains")[1] == "rows of like length share a batch; seeds are derived from names"
    assert r"`` \b(?:a\|b`)\b ``" in section(card_of(results, "regex"), "Recipe")


def test_what_is_not_trained_is_not_called_trained(results):
    assert "Nothing is trained" in card_of(results, "regex").text
    assert "It is trained anew for every split" in card_of(results, "words").text


GIVEN = {
    "title": "Ten words",
    "kind": "predictions",
    "path": "/home/me/secret/scores.csv",
    "threshold": 0.3,
    "sha256": "f" * 64,
    "note": "one set of predictions for every split",
    "covers": {},
}


def given_card(results, **others):
    """Return the card of ten words as if their predictions had been handed in."""
    material = material_of(results)
    agents = {**material.agents, "words": {**GIVEN, **others}}
    return model_card(replace(material, agents=agents), "words", TEMPLATES / "model_card.md.j2", CITATION, 20)


def test_given_predictions_have_their_own_threshold_and_no_path(results):
    card = given_card(results)
    assert "at threshold 0.3" in card.text
    assert "Threshold: 0.3 everywhere; without scores of training rows there is none to choose." in card.text
    assert "`scores.csv`" in card.text
    assert "secret" not in card.text
    assert "covers" not in card.text


def test_a_system_that_was_trained_elsewhere_is_not_said_to_be_trained_or_chosen_here(results):
    records = results / "runs/stratified/words/runs.json"
    records.write_text('{"runs": {"0": {"inputs": {"code": "c0de", "file": "f11e"}}}}')
    card = given_card(results)
    said = f"It was not trained here: its predictions came from the file `scores.csv`, sha256 `{'f' * 64}`."
    assert said in " ".join(card.text.split())
    assert "holds its predictions and no weights" in card.text
    assert "trained anew" not in card.text
    chosen = section(card, "How the epoch and the threshold were chosen")
    assert "were chosen is not known here; the study chose nothing" in chosen
    assert "no epochs" not in chosen
    assert "Which «groups» its training held is not known here." in section(card, "By «group»")
    assert "Every «group» is in training too" not in card.text
    assert "what this system was trained on is not known here" in section(card, "What test rows share with training rows")
    assert "**Training unknown.**" in section(card, "Limits")
    assert row_of(section(card, "What to expect of it"), " ")[1:3] == [
        "test rows (`stratified`)",
        "test rows (`source-curated`)",
    ]
    provenance = section(card, "Provenance")
    assert row_of(provenance, "sha256 of its file of predictions")[1].startswith("`f11e`")
    assert "code of the fits" not in provenance
    # The Hub would read the data set as what the system was trained on.
    assert (card.data.datasets, card.data.base_model) == (None, None)
    assert metadata_faults(str(card), "model") == []


def test_predictions_for_every_split_at_once_are_called_what_they_are(results):
    card = given_card(results)
    assert card.text.lstrip().startswith("> **This system may have seen the rows that it is scored on.**")
    assert "expect the second column" not in card.text
    assert "neither column says what to expect of new ones" in card.text
    [first, *_] = card.data.eval_results
    assert first.metric_name.endswith(", on rows that its training may have held")
    assert all("may have held" in result.metric_name for result in card.data.eval_results)


def test_predictions_split_by_split_are_their_makers_word(results):
    card = given_card(results, covers={"split": ["stratified", "source-curated"]})
    assert "may have seen the rows" not in card.text
    assert "expect the second column, if its training held none of them as its makers say" in card.text
    assert not any("may have held" in result.metric_name for result in card.data.eval_results)


def test_provenance_and_citation(results):
    card = card_of(results, "words")
    text = section(card, "Provenance")
    assert row_of(text, "sha256 of the normalised rows")[1] == f"`{'d' * 64}`"
    assert row_of(text, "scikit-learn")[1] == "`1.9.1`"
    assert row_of(text, "runs")[1] == "8 scored, 8 with a record"
    assert "[`someone/mirage-results`](https://huggingface.co/datasets/someone/mirage-results)" in text
    assert "CC BY 3.0; the people who made them" in section(card, "Data and licence")
    assert CITATION.strip() in section(card, "How to cite")


def test_versions_that_differ_between_runs_are_all_named(results):
    path = results / "runs/stratified/words/runs.json"
    path.write_text(path.read_text().replace("1.9.1", "1.9.2", 1))
    assert row_of(section(card_of(results, "words"), "Provenance"), "scikit-learn")[1] == "`1.9.2`, `1.9.1`"


def test_a_made_up_corpus_is_stamped_first_and_claims_no_data_set_and_no_licence(tmp_path):
    write_run(tmp_path, provenance=SYNTHETIC)
    card = card_of(tmp_path, "words")
    assert card.text.lstrip().startswith(f"> **{STAMPS['synthetic']}.**")
    assert "biglam" not in card.data.to_yaml()
    assert card.data.datasets is None
    assert card.data.license is None
    assert {result.dataset_type for result in card.data.eval_results} == {"synthetic"}
    assert "synthetic-corpus" in card.data.tags
    assert metadata_faults(str(card), "model") == []


def test_stand_in_weights_are_stamped_and_claim_no_checkpoint(tmp_path):
    write_run(tmp_path, stand_in=True)
    tiny = card_of(tmp_path, "tiny")
    assert tiny.text.lstrip().startswith(f"> **{STAND_IN_STAMP}.**")
    assert tiny.data.base_model is None
    assert card_data(material_of(tmp_path), "tiny").base_model is None
    assert STAND_IN_STAMP not in card_of(tmp_path, "words").text


def test_an_encoder_names_its_checkpoint_and_kept_weights_their_licence(results):
    assert card_of(results, "tiny").data.base_model == "someone/tiny"
    assert card_of(results, "tiny").data.license == "cc-by-3.0"
    assert "no weights" in card_of(results, "tiny").text
    weights = results / "runs/stratified/tiny/seed0/model/fold0/model.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"weights")
    card = card_of(results, "tiny")
    assert "scheme `stratified`, seed 0" in card.text
    assert (card.data.license, card.data.license_link) == ("other", "https://huggingface.co/someone/tiny")
    assert card.data.library_name == "transformers"
    assert metadata_faults(str(card), "model") == []


def test_the_revision_is_stated_where_the_hub_gave_it(tmp_path):
    write_run(tmp_path, provenance={**DATA, "source": "hub", "revision": "c" * 40})
    assert {result.dataset_revision for result in card_data(material_of(tmp_path), "words").eval_results} == {"c" * 40}


def test_without_a_section_nothing_is_claimed(results):
    options = type(OPTIONS).from_mapping(None)
    card = card_of(results, "words", options)
    assert (card.data.license, card.data.datasets, card.data.language) == (None, None, None)
    assert "No licence is stated" in card.text
    assert "`mirage-results`" in card.text
    assert metadata_faults(str(card), "model") == []


def test_numbers_come_from_the_tables_alone(results):
    before = card_of(results, "words").text
    table = pd.read_csv(results / "tables/f1.csv")
    table.loc[(table["agent"] == "words") & (table["split"] == "stratified"), "f1"] = 0.123
    table.to_csv(results / "tables/f1.csv", index=False)
    after = card_of(results, "words").text
    assert ".123 [" in after
    assert ".123 [" not in before
