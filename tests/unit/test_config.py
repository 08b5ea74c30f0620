import copy
from pathlib import Path

import jsonschema
import pytest
import yaml

from mirage.__main__ import main
from mirage.errors import StudyError
from mirage.study.files import check_files
from mirage.study.grid import Study
from mirage.study.loading import check_config, fill_defaults
from mirage.study.schema import SCHEMA, json_schema, schema_text

ROOT = Path(__file__).parents[2]
PUBLISHED = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
MISSING = object()


def edited(path, value):
    config = copy.deepcopy(PUBLISHED)
    place = config
    *steps, last = path.split(".")
    for step in steps:
        place = place[step]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return config


def fault(config):
    with pytest.raises(StudyError) as caught:
        check_config(config)
    return str(caught.value)


def other_data():
    """Return the example of other data in the page about configurations."""
    text = (ROOT / "config/README.md").read_text(encoding="utf-8")
    return yaml.safe_load(text.partition("```yaml")[2].partition("```")[0])


def test_the_published_configuration_is_valid():
    check_config(PUBLISHED)


def test_the_example_of_other_data_is_valid_and_takes_its_gap_apart():
    example = other_data()
    check_config(example)
    fill_defaults(example)
    study = Study.from_config(example)
    assert study.facts["coast"].description == "trained without Harbour and Pier, tested on them"
    assert [entry["name"] for entry in study.taken_apart] == ["north"]
    assert study.held_out_groups == ["coast", "out-north"]


def test_defaults_are_filled_in_key_by_key_and_only_in_what_every_study_has():
    example = other_data() | {"split": {"folds": 7}, "encoders": {"seeds": 2}}
    given = copy.deepcopy(example)
    fill_defaults(example)
    assert {key: example[key] for key in given if key not in ("split", "encoders")} == {
        key: value for key, value in given.items() if key not in ("split", "encoders")
    }
    added = {key: value for key, value in example.items() if key not in given or key in ("split", "encoders")}
    assert added == {
        "vary": ["split", "training"],
        "split": {"test_fraction": 0.2, "folds": 7, "validation_fraction": 0.125, "subsample": 0.9},
        "inner_folds": 3,
        "texts": True,
        "margin": 0.05,
        "intervals": {"level": 0.95, "draws": 2000, "seed": 0},
        "variance": {"fixed": []},
        "figures": {},
        "encoders": {
            "run": "none",
            "minutes": None,
            "where": "here",
            "kept": "results/reference/predictions",
            "schemes": [],
            "seeds": 2,
            "device": "auto",
            "lower_precision": True,
            "full_determinism": False,
            "keep_model": False,
            "save_every": 30,
        },
        "checkpoints": {"path": None, "hub": True},
    }


def test_what_was_written_stays_as_it_was_written():
    config = edited("agents.tfidf-post.C", 1)
    check_config(config)
    fill_defaults(config)
    assert repr(Study.from_config(config).recipe("tfidf-post")["C"]) == "1"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.path", "laws.csv"),
        ("data.content_sha256", None),
        ("data.hub", None),
        ("seeds", 1),
        ("vary", []),
        ("agents.tfidf-post.max_features", None),
        ("agents.tfidf-post.class_weight", "balanced"),
        ("agents.tfidf-post.C", 1),
        ("agents.regex", {"title": "T", "kind": "expression", "pattern": "x"}),
        ("agents.own", {"title": "T", "kind": "predictions", "path": "a.csv", "positive": ["yes"]}),
        ("agents.own", {"title": "T", "kind": "sklearn", "estimator": "mine.agents:svm", "arguments": {"C": 2}}),
        ("agents.own", {"title": "T", "kind": "sklearn", "estimator": "mine:svm"}),
        ("encoders.run", ["pi"]),
        ("figures", {}),
        ("traces.hub", None),
    ],
)
def test_what_the_models_allow_passes_and_the_schema_allows_it_too(path, value):
    check_config(edited(path, value))
    jsonschema.Draft202012Validator(json_schema()).validate(edited(path, value))


TYPED = [
    ("seeds", 0, "seeds: found 0; write a whole number, 1 or more (Number of seeds; "),
    ("seeds", "ten", "seeds: found 'ten'; write a whole number, 1 or more (Number of seeds; "),
    ("seeds", "10", "seeds: found '10'; write a whole number, 1 or more, without quotes"),
    ("seeds", True, "seeds: found true; write a whole number, 1 or more (Number of seeds; "),
    ("seeds", None, "seeds: found null; write a whole number, 1 or more (Number of seeds; "),
    ("published", "yes", "published: found 'yes'; write true or false (Whether figures "),
    ("published", 1, "published: found 1; write true or false (Whether figures "),
    ("inner_folds", 1, "inner_folds: found 1; write a whole number, 2 or more (Folds of "),
    ("schemes", [], "schemes: found []; write a list of one or more, each once (Split schemes to run, "),
    ("schemes", "random", "schemes: found 'random'; write a list of one or more, each once (Split schemes to run, "),
    ("schemes", ["random", 5], "schemes.1: found 5; write a text, in quotes (Split schemes to run, "),
    ("split.test_fraction", 1, "split.test_fraction: found 1; write a number, above 0 and below 1 (Share of "),
    ("split.test_fraction", True, "split.test_fraction: found true; write a number, above 0 and below 1 (Share of "),
    ("split.folds", 101, "split.folds: found 101; write a whole number, 2 or more and at most 100 (Folds of "),
    ("split", [], "split: found []; write a mapping (Parameters of the split schemes)"),
    ("data.synthetic.rows", 119, "data.synthetic.rows: found 119; write a whole number, 120 or more (Number of rows)"),
    ("data.source", "ftp", "data.source: found 'ftp'; write one of auto, file, hub, unc, synthetic (auto tries "),
    ("data.content_sha256", "abc", "data.content_sha256: found 'abc'; write null or a text of the form ^[0-9a-f]{64}$ (Digest of "),
    ("data.path", "", "data.path: found ''; write null or a text (A local csv, "),
    ("data.columns.text", 5, "data.columns.text: found 5; write the name of a column"),
    ("vary", ["split", "text"], "vary.1: found 'text'; write one of split, training (What a seed changes. "),
    ("agents", {}, "agents: found {}; write a mapping, not an empty one (Models to compare, "),
    ("agents.regex", None, "agents.regex: found null; write a mapping"),
    ("agents.tfidf-post.ngrams", [1], "agents.tfidf-post.ngrams: found [1]; write a list of 2 (Shortest and longest "),
    ("agents.tfidf-post.ngrams", [0, 1], "agents.tfidf-post.ngrams.0: found 0; write a whole number, 1 or more (Shortest "),
    ("agents.tfidf-post.C", 0, "agents.tfidf-post.C: found 0; write a number, above 0 (Inverse strength of the L2 penalty)"),
    ("agents.tfidf-post.C", "3e-5", "agents.tfidf-post.C: found '3e-5'; write a number, above 0, without quotes; YAML reads 3.0e-5"),
    ("agents.tfidf-post.max_features", 0, "agents.tfidf-post.max_features: found 0; write null or a whole number, 1 or more ("),
    ("agents.tfidf-post.class_weight", "heavy", "agents.tfidf-post.class_weight: found 'heavy'; write one of null, balanced ("),
    ("agents.prevalence.strategy", "never", "agents.prevalence.strategy: found 'never'; write one of always-positive, most-frequent, "),
    ("agents.xgboost-unc.min_df", 0, "agents.xgboost-unc.min_df: found 0; write a whole number, 1 or more (Least number "),
    ("agents.xgboost-unc.max_df", 1.5, "agents.xgboost-unc.max_df: found 1.5; write a number, above 0 and at most 1 (Greatest "),
    ("agents.pi.patience", 0, "agents.pi.patience: found 0; write null or a whole number, 1 or more (Epochs without "),
    ("agents.pi.learning_rate", "3e-5", "agents.pi.learning_rate: found '3e-5'; write a number, above 0, without quotes; YAML reads"),
    ("decomposition.held_out.murray.arms", ["arm-in"], "decomposition.held_out.murray.arms: found ['arm-in']; write a list of 3 ("),
    ("coverage.held_out", [], "coverage.held_out: found []; write a list of one or more, each once (The groups whose "),
    ("comparisons.against", [], "comparisons.against: found []; write a list of one or more, each once (Agents that "),
    ("comparisons", None, "comparisons: found null; write a mapping with against and schemes (Differences of agents "),
    ("traces.files.pi", 5, "traces.files.pi: found 5; write a text, in quotes (The session file of each agent, "),
    ("agents.xgboost-unc.indicators", {"law_type": "x"}, "agents.xgboost-unc.indicators.law_type: found 'x'; write a list (Metadata "),
    ("evaluations", [], "evaluations: found []; write a mapping (Published evaluations, by scheme, "),
    ("cards.language", "English", "cards.language: found 'English'; write null or a text of the form ^[a-z]{2,3}$ (Language "),
]  # fmt: skip
KEYS = [
    ("sedes", 3, "top level: unknown key 'sedes'; write seeds (Number of seeds; "),
    ("data.url", "x", "data: unknown key 'url'; known are source, path, test_path, columns, words, hub, unc, "),
    ("data.hub", "biglam/on_the_books", "data.hub: found 'biglam/on_the_books'; write null or a mapping with repo and revision ("),
    ("data.hub.branch", "x", "data.hub: unknown key 'branch'; known are repo, revision, config, split"),
    ("data", MISSING, "top level: key 'data' is missing; write a mapping with source, columns and near_duplicate_threshold ("),
    ("seeds", MISSING, "top level: key 'seeds' is missing; write a whole number, 1 or more (Number of seeds; "),
    ("gap.reference", MISSING, "gap: key 'reference' is missing; write a text (The scheme that the gap starts from"),
    ("agents.regex.kind", MISSING, "agents.regex: key 'kind' is missing; write kind: one of boosted, constant, encoder, "),
    ("agents.regex.kind", "svm", "agents.regex.kind: found 'svm'; write one of boosted, constant, encoder, expression, "),
    ("agents.regex.kind", "expresion", "agents.regex.kind: found 'expresion'; write expression, or another of boosted, "),
    ("agents.regex.title", MISSING, "agents.regex: key 'title' is missing; write a text (The agent's name in tables and figures)"),
    ("agents.regex.pattern", MISSING, "agents.regex: key 'pattern' is missing; write a text (Regular expression, case ignored; "),
    ("agents.regex.words", 3, "agents.regex: unknown key 'words'; known are title, source, note, kind, pattern"),
    ("agents.regex.patern", "x", "agents.regex: unknown key 'patern'; write pattern (Regular expression, case ignored; "),
    ("agents.pi.labels", 3, "agents.pi: unknown key 'labels'; the study has 2 labels, negative and positive: leave it out"),
    ("agents.pi.as_run.sed", 3, "agents.pi.as_run: unknown key 'sed'; write seed (Its training seed)"),
    ("decomposition.held_out.murray.matched", MISSING, "decomposition.held_out.murray: key 'matched' is missing; write a text ("),
    ("decomposition.others.name", "experts", "decomposition.others: unknown key 'name'; known are groups, title"),
]  # fmt: skip
OWN = {"title": "T", "kind": "predictions", "path": "a.csv"}
WHOLE = [
    ("seeds", 10.0, "seeds: found 10.0; write a whole number, 1 or more (Number of seeds; "),
    ("schemes", ["random", "random"], "schemes: found ['random', 'random']; write each once: 'random' stands there twice ("),
    ("agents.tfidf-post.ngrams", [3, 1], "agents.tfidf-post.ngrams: found [3, 1]; write the shortest first: [1, 3] (Shortest "),
    ("multiverse.choices.ngrams", [[2, 1]], "multiverse.choices.ngrams.0: found [2, 1]; write the shortest first: [1, 2] ("),
    ("multiverse.choices.C", [1, 1.0], "multiverse.choices.C: found [1, 1.0]; write each once: 1.0 stands there twice ("),
    ("agents.regex.pattern", "(race", "agents.regex.pattern: found '(race'; write a regular expression; this is none: missing ), "),
    ("agents.own", OWN | {"positive": True}, "agents.own.positive: found true; write a name, or a list of names; in quotes "),
    ("agents.own", {"title": "T", "kind": "sklearn", "estimator": "mine.svm"}, "agents.own.estimator: found 'mine.svm'; write a "),
    ("agents.xgboost-unc.booster.max_deph", 3,
     "agents.xgboost-unc.booster: write max_depth in place of max_deph"),
    ("agents.xgboost-unc.booster.random_state", 3,
     "agents.xgboost-unc.booster: write the others alone: random_state is the study's to set"),
    ("agents.minilm.sha256", MISSING, "agents.minilm: package and sha256 go together: write the digest of the package's weights file, "),
    ("encoders.run", "some", "encoders.run: found 'some'; write one of auto, all, none, kept, or a list of agents, each once (auto "),
    ("figures.gap", ["random"], "figures: found the name 'gap'; write f1 and then lower-case letters, digits and underscores, "),
    ("decomposition.held_out.Murray's list", {"groups": ["murray"]},
     "decomposition.held_out: found the name \"Murray's list\"; write lower-case letters, digits and single hyphens"),
    ("data.columns.time", {"column": "id", "pattern": "("}, "data.columns.time.pattern: '(' is no regular expression"),
    ("data.columns.positive", [None], "data.columns.positive: found [None]; write a label or a list of labels"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), [*TYPED, *KEYS, *WHOLE])
def test_a_fault_is_told_in_one_line_with_its_key_and_what_to_write(path, value, message):
    told = fault(edited(path, value))
    assert told.startswith(f"config.yaml: {message}")
    assert "\n" not in told


@pytest.mark.parametrize(("path", "value", "message"), [*TYPED, *KEYS])
def test_an_editor_with_the_schema_sees_the_same_faults(path, value, message):
    assert list(jsonschema.Draft202012Validator(json_schema()).iter_errors(edited(path, value)))


def test_an_unknown_key_is_told_before_what_it_leaves_missing():
    config = edited("seeds", MISSING) | {"seed": 10}
    assert fault(config).startswith("config.yaml: top level: unknown key 'seed'; write seeds (Number of seeds; ")


@pytest.mark.parametrize("name", ["Mine/1", "-x", "a b", "", "x\n", "né", "a_b"])
def test_an_agent_s_name_must_make_a_folder(name):
    told = fault(edited("agents", {name: PUBLISHED["agents"]["regex"]}))
    assert told.startswith(f"config.yaml: agents: found the name {name!r}; write lower-case letters, digits and hyphens")


def test_an_agent_s_name_has_room_in_the_names_of_files():
    check_config(edited("agents.regex", MISSING) | {})
    entry = {"title": "T", "kind": "constant", "strategy": "prevalence"}
    config = edited("seeds", 1)
    config["agents"]["a" * 80] = entry
    check_config(config)
    config["agents"]["a" * 81] = entry | {"title": "U"}
    assert "write 80 characters at most: it names a folder (Models to compare, " in fault(config)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("no", "the name false, as YAML reads false, no or off; write it in quotes"),
        ("on", "the name true, as YAML reads true, yes or on; write it in quotes"),
        ("null", "the name null, as YAML reads null, ~ or nothing; write it in quotes"),
        ("1.0e+3", "the name 1000.0; write it in quotes"),
        ("1866", "the name 1866; write it in quotes"),
    ],
)
def test_names_that_yaml_makes_no_text_of_are_told(written, told):
    agents = yaml.safe_load(f"{written}: {{title: T, kind: constant, strategy: prevalence}}")
    config = edited("agents.regex", MISSING)
    config["agents"] |= agents
    assert fault(config) == f"config.yaml: agents: found {told}"
    assert fault({**PUBLISHED, **yaml.safe_load(f"{written}: x")}) == f"config.yaml: top level: found {told}"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize(
    "path", ["agents.tfidf-post.C", "agents.xgboost-unc.booster.gamma", "scheme_definitions.exact-unc.test_fraction"]
)
def test_a_number_that_is_none_is_told(path, value):
    assert fault(edited(path, value)) == f"config.yaml: {path}: found {value}; write a finite number"


def test_two_agents_of_one_title_could_not_be_told_apart():
    told = fault(edited("agents.regex.title", PUBLISHED["agents"]["word-list"]["title"]))
    assert (
        told == "config.yaml: agents.word-list.title: found 'Ten learned words', which is the title of regex too; write another"
    )
    told = fault(edited("agents.regex.title", f"{PUBLISHED['agents']['pi']['title']}, as run"))
    assert told.startswith("config.yaml: agents.pi-as-run.title: ")


def test_an_agent_s_name_is_not_that_of_another_as_it_was_run():
    told = fault(edited("agents.pi-as-run", PUBLISHED["agents"]["regex"] | {"title": "T"}))
    assert told == "config.yaml: agents.pi-as-run: that is the name of pi as its agent ran it; write another"


@pytest.mark.parametrize("config", [None, [], "data"])
def test_a_file_that_is_no_mapping_is_told(config):
    assert fault(config).startswith("config.yaml: top level: found ")


def test_an_empty_configuration_lacks_its_first_key():
    assert fault({}).startswith("config.yaml: top level: key 'data' is missing; write a mapping with ")


def test_a_file_too_deep_to_be_read_is_told(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"seeds: {'[' * 3000}{']' * 3000}\n")
    with pytest.raises(StudyError, match=r"mine\.yaml: brackets or lines lie too deep within each other to be read; close"):
        check_files([path])


def test_more_seeds_than_cells_fit_the_memory_are_told():
    assert fault(edited("seeds", 10**12)).startswith(
        "config.yaml: seeds: found 1000000000000; write 10,000 at most (Number of seeds; "
    )


def test_a_long_value_is_cut():
    assert len(fault(edited("seeds", "x" * 1000))) < 250


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seeds: 1\ndata: {}\nseeds: 2\n", "line 3: the key seeds stands there twice, first in line 1; write it once"),
        ("agents:\n  a: {x: 1,\n    x: 2}\n", "line 3: the key agents.a.x stands there twice, first in line 2; write it once"),
        ("a: {x: 1, x: 2}\n", "line 1: the key a.x stands there twice, first in line 1; write it once"),
        ("a:\n- b\n- {c: 1, 'c': 2}\n", "line 3: the key a.1.c stands there twice, first in line 3; write it once"),
        ('{"a": 1,\n "a": 2}\n', "line 2: the key a stands there twice, first in line 1; write it once"),
    ],
)
def test_a_key_that_stands_twice_is_told_with_its_lines(tmp_path, text, told):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        check_files([path])
    assert str(caught.value) == f"{path}, {told}"


def test_what_anchors_bring_in_is_no_key_twice(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\nc: *a\n1: x\n'1': y\n", encoding="utf-8")
    check_files([path, ROOT / "config.yaml", tmp_path / "not there.yaml"])


def test_the_committed_schema_is_made_from_the_models():
    said = "write it again with `make schema`"
    assert (ROOT / SCHEMA).read_text(encoding="utf-8") == schema_text(), said


def test_a_command_writes_the_schema(tmp_path):
    assert main(["schema", "--output", str(tmp_path / "schema.yaml")]) == 0
    assert yaml.safe_load((tmp_path / "schema.yaml").read_text(encoding="utf-8")) == json_schema()


def test_the_schema_is_one_and_describes_every_key():
    jsonschema.Draft202012Validator.check_schema(json_schema())

    def undescribed(node, where):
        for name, inner in node.get("properties", {}).items():
            described = inner.get("description") or json_schema()["$defs"].get(inner.get("$ref", "").rpartition("/")[2], {})
            if not described:
                yield f"{where}.{name}"
            yield from undescribed(inner, f"{where}.{name}")

    found = [*undescribed(json_schema(), "")]
    found += [name for key, node in json_schema()["$defs"].items() for name in undescribed(node, key)]
    assert found == []


def test_an_editor_finds_the_schema_from_the_configuration():
    first = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA}"
