import copy
from pathlib import Path

import pytest
import yaml

from mirage.config import check_config, fill_defaults
from mirage.errors import StudyError
from mirage.plan import Study

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
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
        check_config(config, SCHEMA)
    return str(caught.value)


def test_the_published_configuration_is_valid():
    check_config(PUBLISHED, SCHEMA)


def test_the_example_of_other_data_is_valid_and_takes_its_gap_apart():
    text = (ROOT / "config/README.md").read_text(encoding="utf-8")
    example = yaml.safe_load(text.partition("```yaml")[2].partition("```")[0])
    check_config(example, SCHEMA)
    fill_defaults(example)
    study = Study.from_config(example)
    assert study.facts["coast"].description == "trained without Harbour and Pier, tested on them"
    assert [entry["name"] for entry in study.taken_apart] == ["north"]
    assert study.held_out_groups == ["coast", "out-north"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.path", "laws.csv"),
        ("data.content_sha256", None),
        ("seeds", 1),
        ("vary", []),
        ("agents.tfidf-post.max_features", None),
        ("agents.tfidf-post.class_weight", "balanced"),
        ("agents.regex", {"title": "T", "kind": "expression", "pattern": "x"}),
        ("figures", {}),
    ],
)
def test_what_the_schema_allows_passes(path, value):
    check_config(edited(path, value), SCHEMA)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sedes", 3, "config.yaml: top level: unknown key 'sedes'; known are study, published, data, seeds, "),
        ("data.url", "x", "config.yaml: data: unknown key 'url'; known are source, path, columns, hub, unc, "),
        ("data.hub.branch", "x", "config.yaml: data.hub: unknown key 'branch'; known are repo, revision"),
        ("data", MISSING, "config.yaml: top level: key 'data' is missing"),
        ("gap.reference", MISSING, "config.yaml: gap: key 'reference' is missing"),
        (
            "data.source",
            "ftp",
            "config.yaml: data.source: found 'ftp'; write one of auto, file, hub, unc, synthetic (auto tries ",
        ),
        ("seeds", 0, "config.yaml: seeds: 0 is less than the minimum of 1 (Number of seeds; "),
        ("seeds", "ten", "config.yaml: seeds: 'ten' is not of type 'integer' (Number of seeds; "),
        ("seeds", True, "config.yaml: seeds: True is not of type 'integer' (Number of seeds; "),
        ("vary", ["split", "text"], "config.yaml: vary.1: found 'text'; write one of split, training"),
        ("schemes", ["random", "random"], "config.yaml: schemes: ['random', 'random'] has non-unique elements ("),
        (
            "split.test_fraction",
            1,
            "config.yaml: split.test_fraction: 1 is greater than or equal to the maximum of 1 (Share of ",
        ),
        ("data.content_sha256", "abc", "config.yaml: data.content_sha256: 'abc' does not match '^[0-9a-f]{64}$' (Digest of "),
        ("data.synthetic.rows", 119, "config.yaml: data.synthetic.rows: 119 is less than the minimum of 120 ("),
        ("agents", {}, "config.yaml: agents: {} should be non-empty (Models to compare, "),
        ("agents.regex", None, "config.yaml: agents.regex: None is not of type 'object'"),
        ("agents.regex.kind", "svm", "config.yaml: agents.regex.kind: found 'svm'; write one of constant, expression, "),
        ("agents.regex.kind", MISSING, "config.yaml: agents.regex: key 'kind' is missing"),
        ("agents.regex.title", MISSING, "config.yaml: agents.regex: key 'title' is missing"),
        ("agents.regex.pattern", MISSING, "config.yaml: agents.regex: key 'pattern' is missing"),
        (
            "agents.regex.words",
            3,
            "config.yaml: agents.regex: unknown key 'words'; known are title, source, note, kind, pattern",
        ),
        ("agents.word-list.pattern", "x", "config.yaml: agents.word-list: unknown key 'pattern'; known are title, source, "),
        ("agents.tfidf-post.ngrams", [1], "config.yaml: agents.tfidf-post.ngrams: [1] is too short ("),
        ("agents.tfidf-post.C", 0, "config.yaml: agents.tfidf-post.C: 0 is less than or equal to the minimum of 0 (Inverse "),
        (
            "agents.tfidf-post.class_weight",
            "heavy",
            "config.yaml: agents.tfidf-post.class_weight: found 'heavy'; write one of null, balanced (",
        ),
        (
            "decomposition.held_out.Murray's list",
            {"groups": ["murray"]},
            """config.yaml: decomposition.held_out: "Murray's list" does not match '^[a-z0-9]+(-[a-z0-9]+)*$' (Lower-case letters, """,
        ),
        (
            "decomposition.held_out.murray.arms",
            ["arm-in"],
            "config.yaml: decomposition.held_out.murray.arms: ['arm-in'] is too short",
        ),
        (
            "decomposition.held_out.murray.matched",
            MISSING,
            "config.yaml: decomposition.held_out.murray: key 'matched' is missing",
        ),
        (
            "decomposition.others.name",
            "experts",
            "config.yaml: decomposition.others: unknown key 'name'; known are groups, title",
        ),
        ("coverage.held_out", [], "config.yaml: coverage.held_out: [] should be non-empty"),
        ("figures.gap", ["random"], "config.yaml: figures: 'gap' does not match '^f1[a-z0-9_]*$'"),
    ],
)
def test_a_fault_is_told_in_one_line_with_its_key_and_what_to_write(path, value, message):
    told = fault(edited(path, value))
    assert told.startswith(message)
    assert "\n" not in told


def test_an_agent_s_name_must_make_a_folder():
    told = fault(edited("agents", {"Mine/1": PUBLISHED["agents"]["regex"]}))
    assert told.startswith("config.yaml: agents: 'Mine/1' does not match ")


def test_keys_that_yaml_reads_as_numbers_are_told_too():
    told = fault({**PUBLISHED, 1866: "x", "other": "y"})
    assert told.startswith("config.yaml: top level: unknown key 1866; known are ")


@pytest.mark.parametrize("config", [None, [], "data"])
def test_a_file_that_is_no_mapping_is_told(config):
    assert fault(config).startswith(f"config.yaml: top level: {config!r} is not of type 'object'")


def test_an_empty_configuration_lacks_its_first_key():
    assert fault({}) == "config.yaml: top level: key 'data' is missing"
