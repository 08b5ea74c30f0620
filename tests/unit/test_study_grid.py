import copy
import json

import pytest

from known_schemes import DEFINITIONS, SCHEMES
from mirage.encoders.speed import Speed
from mirage.errors import StudyError
from mirage.study.grid import Study, as_json

CONFIG = {
    "seeds": 3,
    "vary": ["split", "training"],
    "split": {
        "test_fraction": 0.2,
        "folds": 5,
        "validation_fraction": 0.125,
        "subsample": 0.9,
        "time_cut": 1931,
    },
    "schemes": ["stratified", "kfold", "source-curated"],
    "scheme_definitions": DEFINITIONS,
    "agents": {
        "zero": {"title": "Always", "kind": "constant", "strategy": "always-positive"},
        "list": {"title": "Words", "kind": "wordlist", "words": 3, "min_df": 2, "note": "greedy", "source": "our own"},
    },
    "intervals": {"level": 0.9, "draws": 500, "seed": 7},
    "gap": {"reference": "stratified", "held_out": ["source-curated"]},
    "comparisons": {"against": ["list"], "schemes": ["stratified"]},
    "groups": {"scheme": "stratified", "held_out": "source-curated", "min_rows": 20},
    "hard_rows": {"scheme": "stratified"},
    "headline": {"agent": "list", "held_out": "source-curated"},
    "figures": {"f1": ["stratified", "source-curated"]},
    "encoders": {"run": "none", "where": "here", "keep_model": False, "schemes": [], "seeds": 1},
}


@pytest.fixture
def config():
    return copy.deepcopy(CONFIG)


def test_the_grid_is_schemes_agents_and_seeds_in_the_configuration_s_order(config):
    study = Study.from_config(config)
    assert study.schemes == ("stratified", "kfold", "source-curated")
    assert list(study.agents) == ["zero", "list"]
    assert study.seeds == (0, 1, 2)
    assert study.titles == [("zero", "Always"), ("list", "Words")]
    assert study.kind("list") == "wordlist"


def test_a_recipe_leaves_out_what_only_describes(config):
    before = Study.from_config(config).recipe("list")
    assert before == {"kind": "wordlist", "words": 3, "min_df": 2}
    config["agents"]["list"] |= {"title": "Other", "note": "other", "source": "other"}
    assert Study.from_config(config).recipe("list") == before


def test_without_texts_no_run_record_names_a_word_of_them(config):
    config["texts"] = False
    study = Study.from_config(config)
    assert study.recipe("list") == {"kind": "wordlist", "words": 3, "min_df": 2, "quotes": False}
    assert "quotes" not in study.recipe("zero")


@pytest.mark.parametrize("scheme", ["stratified", "kfold", "source-curated"])
def test_a_split_depends_on_its_scheme_s_options_alone(config, scheme):
    options = Study.from_config(config).split_options(scheme)
    assert set(options) == set(SCHEMES[scheme].options)
    assert options["validation_fraction"] == 0.125
    assert options["vary_split"] is True
    assert options == {**{name: value for name, value in config["split"].items() if name in options}, "vary_split": True}


def test_a_split_that_is_not_varied_says_so(config):
    config["vary"] = ["training"]
    assert Study.from_config(config).split_options("kfold")["vary_split"] is False


def test_a_threshold_is_chosen_on_every_scheme_but_the_arms_that_are_compared_at_one_half(config):
    config["inner_folds"] = 4
    study = Study.from_config(config)
    without = {scheme for scheme in SCHEMES if study.inner_folds(scheme) == 0}
    arms = {f"arm-{letter}{suffix}" for letter in ("in", "size") for suffix in ("", "-murray", "-paschal")}
    assert without == arms | {"arm-size-dose-33", "arm-size-dose-67"}
    assert study.inner_folds("arm-out") == study.inner_folds("kfold") == 4


def test_the_schemes_that_hold_out_groups_stand_in_the_order_of_their_definitions(config):
    config["schemes"] += ["out-b", "arm-out", "source-murray", "matched", "law-type", "out-a"]
    assert Study.from_config(config).held_out_groups == ["source-murray", "source-curated", "out-b", "out-a"]


def test_schemes_that_hold_groups_out_have_the_matched_scheme_of_the_same_groups(config):
    assert Study.from_config(config).matched_schemes == {}
    config["schemes"] += ["out-b", "source-murray", "matched", "matched-murray"]
    assert Study.from_config(config).matched_schemes == {"source-curated": "matched", "source-murray": "matched-murray"}


def test_a_gap_is_taken_apart_where_the_study_has_all_schemes_of_it(config):
    assert Study.from_config(config).taken_apart == []
    arms = ["arm-in-a", "arm-size-a", "arm-out-a"]
    config["decomposition"] = {"held_out": {"a": {"groups": ["A"], "arms": arms, "matched": "matched-a"}}}
    assert Study.from_config(config).taken_apart == []
    config["schemes"] += [*arms, "matched-a"]
    assert [found["name"] for found in Study.from_config(config).taken_apart] == ["a"]
    config["decomposition"]["held_out"]["a"]["groups"] = ["B"]
    with pytest.raises(StudyError, match="which is not what arm-in-a holds out; write the same groups"):
        Study.from_config(config)


def test_estimate_options_hold_the_grid_the_intervals_and_the_words(config):
    options = json.loads(as_json(Study.from_config(config).estimate_options))
    assert options["design"] == {
        "schemes": ["stratified", "kfold", "source-curated"],
        "definitions": {"source-curated": DEFINITIONS["source-curated"]},
        "agents": ["zero", "list"],
        "seeds": [0, 1, 2],
        "grid": {},
        "level": 0.9,
        "draws": 500,
        "seed": 7,
        "reference": "stratified",
        "held_out": ["source-curated"],
    }
    assert options["titles"] == [["zero", "Always"], ["list", "Words"]]
    assert options["notes"] == {"Words": "greedy"}
    assert options["headline"] == {"agent": "list", "held_out": "source-curated", "taken_apart": None}
    assert options["baselines"] == ["zero"]


def test_a_list_of_words_is_a_yardstick_and_a_constant_is_none(config):
    study = Study.from_config(config)
    assert [study.is_yardstick(agent) for agent in ("zero", "list")] == [False, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schemes": ["stratified", "kfolds"]}, "config.yaml: schemes: 'kfolds' is unknown; write any of random, "),
        (
            {"gap": {"reference": "random", "held_out": ["source-curated"]}},
            "config.yaml: gap: reference: 'random' is not part of this study; write one of stratified, kfold, source-curated",
        ),
        (
            {"gap": {"reference": "stratified", "held_out": ["source-curated", "time"]}},
            "config.yaml: gap: held_out: 'time' is not part of this study; write one of stratified, kfold, source-curated",
        ),
        (
            {"figures": {"f1_random": ["chapter"]}},
            "config.yaml: figures: f1_random: 'chapter' is not part of this study; write one of stratified, ",
        ),
        (
            {"comparisons": {"against": ["tree"], "schemes": []}},
            "config.yaml: comparisons: against: 'tree' is not part of this study; write one of zero, list",
        ),
        (
            {"comparisons": {"against": [], "schemes": ["chapter"]}},
            "config.yaml: comparisons: schemes: 'chapter' is not part of this study; write one of stratified",
        ),
        (
            {"variance": {"fixed": ["kfold"]}},
            "config.yaml: variance.fixed: found 'kfold'; write published random splits: exact-sklearn, exact-datasets, ",
        ),
        (
            {"variance": {"fixed": ["source-curated"]}, "scheme_definitions": {"source-curated": {"out": ["a"]}}},
            "config.yaml: variance.fixed: found 'source-curated'; write published random splits: scheme_definitions has none, ",
        ),
        (
            {"hard_rows": {"scheme": "chapter"}},
            "config.yaml: hard_rows: scheme: 'chapter' is not part of this study; write one of stratified",
        ),
        (
            {"headline": {"agent": "tfidf", "held_out": "source-curated"}},
            "config.yaml: headline: agent: 'tfidf' is not part of this study; write one of zero, list",
        ),
        (
            {"headline": {"agent": "list", "held_out": "kfold"}},
            "config.yaml: headline: held_out: 'kfold' is not part of this study; write one of source-curated",
        ),
    ],
)
def test_a_name_outside_the_grid_is_an_error_that_lists_what_is_in_it(config, change, message):
    with pytest.raises(StudyError) as caught:
        Study.from_config({**config, **change})
    assert str(caught.value).startswith(message)


def test_json_is_one_line_that_does_not_depend_on_the_order_of_keys():
    assert as_json({"b": [1, None], "a": True}) == as_json({"a": True, "b": [1, None]}) == '{"a": true, "b": [1, null]}'


ENCODER = {
    "title": "Tiny",
    "kind": "encoder",
    "millions": 20,
    "selection": "best-on-validation",
    "as_run": {"split": "exact-unc", "seed": 42, "selection": "best-on-test"},
}


def test_encoders_have_a_grid_of_their_own_and_their_as_run_variant_only_its_split(config):
    config["agents"]["tiny"] = ENCODER
    config["encoders"] = {
        "run": ["tiny"],
        "where": "here",
        "keep_model": False,
        "schemes": ["stratified", "random"],
        "seeds": 2,
    }
    study = Study.from_config(config)
    assert study.cheap_agents == ["zero", "list"]
    assert study.encoder_grid == {
        "tiny": {"schemes": ["stratified"], "seeds": (0, 1), "selection": "best-on-validation", "reason": None},
        "tiny-as-run": {"schemes": [], "seeds": (), "selection": "best-on-test", "reason": None},
    }
    assert study.encoders_on("stratified") == {"tiny": {"seeds": (0, 1), "selection": "best-on-validation"}}
    assert study.encoders_on("kfold") == {}
    assert [name for name, _ in study.titles_run] == ["zero", "list", "tiny"]


def test_a_budget_of_minutes_leaves_seeds_of_encoders_out(config, monkeypatch):
    monkeypatch.setattr("mirage.study.grid.why_unable", lambda: None)
    config["agents"]["tiny"] = {**ENCODER, "max_length": 128, "epochs": 1}
    config["encoders"] |= {"run": "auto", "minutes": 1, "schemes": ["stratified"], "seeds": 2}
    study = Study.from_config(config, Speed("this machine", 1e6, 1, {}))
    assert study.encoder_grid["tiny"]["seeds"] == (0,)
    assert study.encoder_seeds == "1"
    left_out, minutes = study.encoders_left_out
    assert [(batch.agent, batch.split, batch.seeds) for batch in left_out] == [("tiny", "stratified", (1,))]
    assert minutes > 1


def test_without_torch_the_tables_say_why_nothing_is_fine_tuned(config, monkeypatch):
    monkeypatch.setattr("mirage.study.grid.why_unable", lambda: "torch not installed")
    config["agents"]["tiny"] = ENCODER
    config["encoders"] |= {"run": "auto", "minutes": None, "schemes": ["stratified"]}
    assert Study.from_config(config).encoder_grid["tiny"]["reason"] == "torch not installed"


def test_encoders_cannot_have_more_seeds_than_the_splits(config):
    config["encoders"]["seeds"] = 4
    with pytest.raises(StudyError, match=r"encoders\.seeds: found 4; write at most seeds, 3"):
        Study.from_config(config)


def test_weights_are_not_kept_where_they_do_not_come_home_from(config):
    config["encoders"] |= {"where": "hf-jobs", "keep_model": True}
    with pytest.raises(
        StudyError, match=r"^config.yaml: encoders.keep_model: found true, .*; write false, or encoders.where: here$"
    ):
        Study.from_config(config)


GIVEN = {"title": "Ours", "kind": "predictions", "path": "ours.csv", "sha256": "0" * 64}


def test_a_system_with_fewer_seeds_than_the_study_has_cells_for_these_alone(config):
    config["agents"]["ours"] = {**GIVEN, "covers": {"split": ["source-curated", "stratified"], "seed": [0, 2]}}
    study = Study.from_config(config)
    row = {"schemes": ["stratified", "source-curated"], "seeds": [0, 2], "given": True, "reason": None}
    assert study.estimate_options["design"]["grid"] == {"ours": row}
    assert study.cheap_on("stratified") == {"zero": (0, 1, 2), "list": (0, 1, 2), "ours": [0, 2]}
    assert study.cheap_on("kfold") == {"zero": (0, 1, 2), "list": (0, 1, 2)}
    assert study.recipe("ours") == {"kind": "predictions", "path": "ours.csv", "sha256": "0" * 64}


def test_a_system_that_does_not_tell_splits_apart_has_every_cell(config):
    config["agents"]["ours"] = {**GIVEN, "covers": {}}
    study = Study.from_config(config)
    assert study.given_grid == {}
    assert study.cheap_on("kfold")["ours"] == (0, 1, 2)


@pytest.mark.parametrize(
    ("covered", "agents", "message"),
    [
        (
            ["stratified"],
            ["list", "ours"],
            "headline: agent: the file of 'ours' has no predictions for source-curated; add them, or write another agent",
        ),
        (
            ["stratified", "source-curated"],
            ["ours"],
            "schemes: no agent has predictions for 'kfold'; add them or an agent, or leave the scheme out",
        ),
    ],
)
def test_a_study_needs_the_cells_of_its_headline_and_one_on_every_scheme(config, covered, agents, message):
    entries = {**config["agents"], "ours": {**GIVEN, "covers": {"split": covered}}}
    config |= {"agents": {name: entries[name] for name in agents}, "headline": {**config["headline"], "agent": "ours"}}
    del config["comparisons"]
    with pytest.raises(StudyError) as caught:
        Study.from_config(config)
    assert str(caught.value) == f"config.yaml: {message}"
