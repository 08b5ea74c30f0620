"""A study of the choice among several classes: what its configuration may say, its rows, splits, agents and scores."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from mirage.agents.interface import build
from mirage.agents.predictions import given_cell, read_given
from mirage.audit.audit import audit, audit_markdown
from mirage.audit.classes import before_choosing, class_groups
from mirage.data.declaration import Declaration
from mirage.data.duplicates import add_groups
from mirage.data.options import DataOptions
from mirage.data.sections import content_digest, read_csv, read_sections, write_sections
from mirage.data.sources import fetch
from mirage.errors import StudyError
from mirage.fitting import predict_cell
from mirage.scoring import outcomes_of, score_outcomes
from mirage.scoring_classes import check_choices, decided_of, score_choices
from mirage.splits.draws import draw_whole
from mirage.splits.leakage import check_split, leakage_report
from mirage.splits.names import Schemes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.study import Study, check_config, fill_defaults
from notes import notes_csv

COLUMNS = {"id": "note_id", "text": "note", "label": "specialty", "group": "site", "unit": "patient", "time": "visit_year"}
TFIDF = {"kind": "linear", "ngrams": [1, 2], "max_features": None, "C": 1.0, "class_weight": None}


def laid_out(**changes):
    return read_csv(notes_csv(), "notes.csv", Declaration.from_mapping({**COLUMNS, **changes}))


@pytest.fixture(scope="module")
def sections():
    return add_groups(laid_out(classes="all"), 0.5)


def split_of(sections, scheme, seed=0):
    split = make_split(sections, Schemes()[scheme], seed, SplitOptions(time_cut=2020))
    check_split(sections, split, Schemes()[scheme])
    return split


def choices(sections, recipe, scheme="kfold", seed=0):
    found, _ = predict_cell(sections, split_of(sections, scheme), build(recipe, sections), seed=seed, inner_folds=0)
    return found


# Rows


def test_classes_are_numbered_from_the_most_frequent_and_the_label_is_no_column():
    counts = pd.Series([line.split(",")[6] for line in notes_csv().decode().splitlines()[1:]])
    rows = laid_out(classes="all")
    names = rows.attrs["classes"]
    assert "label" not in rows
    assert rows["class"].dtype == np.int16
    sizes = [int((rows["class"] == number).sum()) for number in range(3)]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == len(counts) == 400
    assert set(names) == {"cardiology", "neurology", "orthopaedics"}


def test_a_list_of_classes_keeps_its_order_and_leaves_other_rows_out(tmp_path):
    rows = laid_out(classes=["orthopaedics", "cardiology"])
    assert rows.attrs["classes"] == ["orthopaedics", "cardiology"]
    path = tmp_path / "notes.csv"
    path.write_bytes(notes_csv())
    data = {"source": "file", "path": str(path), "columns": {**COLUMNS, "classes": ["orthopaedics", "cardiology"]}}
    found, record = fetch(DataOptions.from_mapping(data), 1)
    assert record["classes"] == ["orthopaedics", "cardiology"]
    assert record["left_out"] == {"specialty is 'neurology'": 400 - len(found)}
    assert "positives" not in record
    with pytest.raises(StudyError, match=r"no row has the label 'surgery' of data.columns.classes; found in specialty: "):
        fetch(DataOptions.from_mapping({**data, "columns": {**COLUMNS, "classes": ["surgery", "cardiology"]}}), 1)


def test_rows_of_classes_are_written_and_read_back(sections, tmp_path):
    write_sections(sections, tmp_path / "rows.parquet")
    back = read_sections(tmp_path / "rows.parquet")
    assert back["class"].tolist() == sections["class"].tolist()
    declaration = Declaration.from_mapping({**COLUMNS, "classes": "all"})
    one, other = laid_out(classes="all"), laid_out(classes=["neurology", "cardiology", "orthopaedics"])
    # What the rows say does not depend on how classes are numbered.
    assert content_digest(one, declaration) == content_digest(other, declaration)


def test_without_a_group_all_rows_are_of_one():
    columns = {key: column for key, column in COLUMNS.items() if key != "group"}
    rows = read_csv(notes_csv(), "notes.csv", Declaration.from_mapping({**columns, "classes": "all"}))
    assert set(rows["source"]) == {"all rows"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"classes": "all", "positive": "cardiology"}, "data.columns: positive and classes both stand there; write classes for a study"),
        ({"classes": ["a"]}, "data.columns.classes: found 'a' alone; write two labels or more, each once, or all"),
        ({"classes": ["a", "b", "a"]}, "data.columns.classes: found 'a' twice; write two labels or more, each once, or all"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_told_in_one_line(changes, told):
    with pytest.raises(StudyError) as caught:
        Declaration.from_mapping({**COLUMNS, **changes})
    assert str(caught.value).startswith(told)


# Splits


@pytest.mark.parametrize(
    "scheme", ["random", "stratified", "kfold", "kfold-grouped", "groups-kfold", "duplicates", "time", "out-hilltop"]
)
def test_every_scheme_for_any_data_can_be_built(sections, scheme):
    split = split_of(sections, scheme)
    report = leakage_report(sections, split)
    assert set(report["parts"]["test"]) == {"rows"}
    assert report["parts"]["test"]["rows"] == (split["part"] == "test").sum()


def test_a_stratified_draw_takes_its_share_of_every_class():
    labels = np.repeat([0, 1, 2], [50, 30, 20]).astype(np.int16)
    drawn = draw_whole(np.arange(100, dtype=np.int32), labels, 0.2, np.random.default_rng(0), stratified=True)
    assert np.bincount(labels[drawn]).tolist() == [10, 6, 4]


def test_whole_groups_leave_every_class_on_both_sides():
    # Class 2 is in two of the ten groups alone.
    labels = np.repeat(np.array([[0, 1, 1], [0, 2, 2]]), [8, 2], axis=0).ravel().astype(np.int16)
    groups = np.repeat(np.arange(10), 3).astype(np.int32)
    for seed in range(10):
        drawn = draw_whole(groups, labels, 0.3, np.random.default_rng(seed), stratified=True)
        assert set(labels[drawn]) == set(labels[~drawn]) == {0, 1, 2}


def test_near_duplicates_of_another_class_are_counted():
    rows = pd.DataFrame(
        {"row_id": list("abcd"), "class": [0, 1, 2, 2], "source": "x", "chapter": list("abcd"), "exact_group": [0, 0, 0, 1]}
    )
    rows = rows.assign(near_group=rows["exact_group"], unit=range(4))
    split = pd.DataFrame({"row_id": list("abcd"), "fold": 0, "part": ["train", "train", "test", "test"], "group": range(4)})
    assert leakage_report(rows, split)["test"]["label_conflicts_exact"] == 1


# Agents


def test_an_agent_names_one_class_a_row(sections):
    found = choices(sections, TFIDF)
    assert found["chosen"].isin([0, 1, 2]).all()
    assert set(found["part"]) == {"test"}
    assert found["score"].between(1 / 3, 1).all()
    assert (found["chosen"] == found["y"]).mean() > 0.6


def test_constants_name_the_most_frequent_class_or_guess(sections):
    most = choices(sections, {"kind": "constant", "strategy": "most-frequent"})
    assert set(most["chosen"]) == {0}
    guessed = choices(sections, {"kind": "constant", "strategy": "prevalence"})
    shares = np.bincount(sections["class"]) / 400
    assert np.bincount(guessed["chosen"]) / 400 == pytest.approx(shares, abs=0.1)
    with pytest.raises(StudyError, match="none of several classes is positive; write most-frequent"):
        build({"kind": "constant", "strategy": "always-positive"}, sections)


def test_of_two_labels_the_more_frequent_one_can_be_answered():
    binary = add_groups(laid_out(positive="cardiology"), 0.5)
    found = choices(binary, {"kind": "constant", "strategy": "most-frequent"})
    assert set(found["score"]) == {0.0}


ESTIMATORS = """
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.compose import make_column_transformer
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import LinearSVC
from sklearn.pipeline import make_pipeline

def model(kind):
    estimator = {"bayes": MultinomialNB, "svm": LinearSVC}[kind]()
    return make_pipeline(make_column_transformer((CountVectorizer(), "text")), estimator)
"""


@pytest.mark.parametrize("kind", ["bayes", "svm"])
def test_an_estimator_of_one_s_own_chooses_what_it_predicts(sections, tmp_path, monkeypatch, kind):
    (tmp_path / "choosers.py").write_text(ESTIMATORS)
    monkeypatch.syspath_prepend(tmp_path)
    found = choices(sections, {"kind": "sklearn", "estimator": "choosers:model", "arguments": {"kind": kind}})
    assert (found["chosen"] == found["y"]).mean() > 0.6
    assert (found["score"].eq(1) == (kind == "svm")).all()


def test_given_labels_are_names_of_classes(sections, tmp_path):
    names = ["neurology", "cardiology", "orthopaedics"]
    path = tmp_path / "ours.csv"
    ours = pd.DataFrame({"row_id": sections["row_id"], "label": [names[code] for code in sections["class"]]})
    ours.to_csv(path, index=False)
    given = read_given(path, sections, Schemes(), classes=names)
    found, _ = given_cell(given, sections, split_of(sections, "stratified"), scheme="stratified", seed=0)
    assert (found["chosen"] == found["y"]).all()
    ours.assign(label="surgery").to_csv(path, index=False)
    with pytest.raises(
        StudyError, match="400 rows with a label that names no class, first row n0: found 'surgery'; classes are 'neur"
    ):
        read_given(path, sections, Schemes(), classes=names)


# Scores


def test_two_classes_give_the_counts_of_one_against_the_other():
    binary = add_groups(laid_out(positive="cardiology"), 0.5)
    both = binary.rename(columns={"label": "class"}).astype({"class": np.int16})
    plain, thresholds = outcomes_of(choices(binary, TFIDF).assign(seed=0), binary)
    chosen = decided_of(choices(both, TFIDF).assign(seed=0), both)
    assert (chosen["chosen"] == plain["predicted"]).all()
    ones = score_outcomes(plain, thresholds)
    several = score_choices(chosen, 2)
    assert several["group"].tolist() == ones["group"].tolist()
    assert several["macro_f1"].tolist() == pytest.approx(ones["macro_f1"].tolist())
    assert several["accuracy"].tolist() == pytest.approx(((ones["tp"] + ones["tn"]) / ones["n"]).tolist())


def test_scores_are_those_of_scikit_learn(sections):
    from sklearn.metrics import accuracy_score, f1_score

    decided = decided_of(choices(sections, TFIDF).assign(seed=0), sections)
    row = score_choices(decided, 3).iloc[0]
    y, chosen = decided["y"], decided["chosen"]
    assert row["macro_f1"] == pytest.approx(f1_score(y, chosen, average="macro"))
    assert row["weighted_f1"] == pytest.approx(f1_score(y, chosen, average="weighted"))
    assert row["accuracy"] == pytest.approx(accuracy_score(y, chosen))
    assert (row["n"], row["classes"]) == (400, 3)


def test_choices_are_held_against_the_corpus(sections):
    found = choices(sections, TFIDF).assign(seed=0)
    check_choices(found, sections, "ours")
    with pytest.raises(StudyError, match=r"ours: row n.* chosen is 7, which numbers no class"):
        check_choices(found.assign(chosen=7), sections, "ours")
    with pytest.raises(StudyError, match="ours: column 'chosen' is missing; write the number of the class"):
        check_choices(found.drop(columns="chosen"), sections, "ours")


# Configuration

CONFIG = yaml.safe_load(
    """
    study: notes
    data:
      source: file
      path: notes.csv
      columns: {text: note, label: specialty, classes: all, group: site}
      near_duplicate_threshold: 0.5
    seeds: 2
    schemes: [stratified, kfold, out-hilltop]
    agents:
      most: {title: Most frequent, kind: constant, strategy: most-frequent}
      tfidf: {title: TF-IDF, kind: linear, ngrams: [1, 2], max_features: null, C: 1.0, class_weight: null}
    gap: {reference: kfold, held_out: [out-hilltop]}
    headline: {agent: tfidf, held_out: out-hilltop}
    """
)


def study_of(**changes):
    config = {key: value for key, value in {**json.loads(json.dumps(CONFIG)), **changes}.items() if value is not None}
    check_config(config)
    fill_defaults(config)
    return Study.from_config(config)


def test_a_study_of_classes_knows_that_it_is_one():
    study = study_of()
    assert study.has_classes
    assert study.inner_folds("kfold") == 0
    assert study.estimate_options["design"]["has_classes"]


def test_where_nothing_is_held_out_the_scheme_that_tests_every_row_is_the_reference():
    study = study_of(gap=None, headline={"agent": "tfidf"}, schemes=["stratified", "kfold"])
    assert study.gap == {"reference": "kfold", "held_out": []}
    assert study.estimate_options["headline"] == {"agent": "tfidf", "held_out": None, "taken_apart": None}


REGEX = {"title": "R", "kind": "expression", "pattern": "x"}
ALWAYS = {"title": "A", "kind": "constant", "strategy": "always-positive"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"hard_rows": {"scheme": "kfold"}}, "config.yaml: hard_rows: not part of a study of several classes; leave it out, or write "),
        ({"figures": {"f1_random": ["kfold"]}}, "config.yaml: figures: 'f1_random' is of the F1 of one class; leave it out, or write"),
        ({"agents": {**CONFIG["agents"], "r": REGEX}}, "config.yaml: agents.r.kind: expression does not choose among several classes; "),
        ({"agents": {**CONFIG["agents"], "a": ALWAYS}}, "config.yaml: agents.a.strategy: none of several classes is positive; write "),
        ({"schemes": ["kfold", "out-hilltop", "matched-hilltop"]}, "config.yaml: schemes: 'matched-hilltop' lends negatives of other"),
        ({"headline": {"agent": "tfidf"}}, "config.yaml: headline: key 'held_out' is missing; write one of out-hilltop"),
        ({"gap": None}, "config.yaml: headline: held_out: nothing is held out under gap; leave it out"),
    ],
)  # fmt: skip
def test_what_a_study_of_classes_has_no_place_for_is_told_in_one_line(changes, told):
    with pytest.raises(StudyError) as caught:
        study_of(**changes)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_a_study_of_one_class_still_needs_its_gap():
    columns = {"text": "note", "label": "specialty", "positive": "cardiology", "group": "site"}
    with pytest.raises(StudyError, match=r"config\.yaml: gap is missing; write reference and held_out"):
        study_of(data={**CONFIG["data"], "columns": columns}, gap=None)


# Audit


def test_the_audit_tells_the_classes_and_what_goes_with_them(sections):
    names = ["neurology", "cardiology", "orthopaedics"]
    record = {"corpus": "own", "origin": "here", "content_sha256": "0" * 64, "near_duplicate_threshold": 0.5}
    report = audit(sections, {**record, "classes": names, "left_out": {"specialty is 'surgery'": 2}})
    report["before_training"] = before_choosing(sections, {"source": "site"})
    text = audit_markdown(json.loads(json.dumps(report)))
    assert "| specialty is 'surgery' | 2 |" in text
    assert f"| neurology | {(sections['class'] == 0).sum()} |" in text
    assert "positive" not in text
    site = next(row for row in report["before_training"]["columns"] if row["column"] == "site")
    # The site gives the specialty away, which a model of it alone shows.
    assert site["v"] > 0.3
    assert site["model"]["low"] > 1 / 3
    assert "## What holding out a group could show" in text


def test_a_group_is_held_out_where_two_classes_have_rows_enough_on_both_sides():
    rows = pd.DataFrame({"source": ["a"] * 30 + ["b"] * 40 + ["c"] * 9, "class": [0, 1] * 15 + [0, 2] * 20 + [1] * 9})
    found = {group.group: group for group in class_groups(rows)}
    assert list(found) == ["b", "a", "c"]
    assert (found["a"].rows, found["a"].classes, found["a"].counted, found["a"].can_be_held_out) == (30, 2, 2, True)
    # All rows of class 2 are in b.
    assert (found["b"].counted, found["b"].can_be_held_out) == (1, False)
    assert not found["c"].can_be_held_out
