"""Kinds of agent: found in their folder, with facts that hold, and digests that cover one kind alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from frames import toy_sections
from mirage.agents.interface import build
from mirage.agents.kinds import facts_of, kinds, modules_of
from mirage.code.reach import own_roots, reached
from mirage.provenance import code_digest
from mirage.study.grid import Study
from mirage.study.loading import fill_defaults

ROOT = Path(__file__).parents[2]
FIT = ROOT / "scripts/fit_cells.py"
PUBLISHED = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
HEAVY = {"numpy", "pandas", "sklearn", "scipy", "matplotlib", "torch", "xgboost", "jsonschema", "pyarrow"}


@pytest.fixture(scope="module")
def study():
    fill_defaults(PUBLISHED)
    return Study.from_config(PUBLISHED)


def test_a_kind_is_a_module_with_parameters():
    assert {"boosted", "constant", "encoder", "expression", "linear", "predictions", "sklearn", "wordlist"} <= set(kinds())


def test_the_study_answers_by_facts_and_names_no_kind(study):
    assert [agent for agent in study.agents if study.is_reference(agent)] == ["always-positive", "prevalence"]
    assert [agent for agent in study.agents if study.is_rule(agent)] == ["regex"]
    cheap = study.cheap_agents
    assert [agent for agent in cheap if study.learns(agent)] == ["word-list", "tfidf-post", "tfidf-balanced", "xgboost-unc"]
    assert [agent for agent in cheap if study.is_graded(agent)] == ["tfidf-post", "tfidf-balanced", "xgboost-unc"]
    assert [agent for agent in study.agents if study.is_encoder(agent)] == list(study.encoder_grid)
    assert all(study.learns(agent) and study.is_graded(agent) for agent in study.encoder_grid)


def test_what_a_kind_says_of_its_scores_holds(study):
    sections = toy_sections(60)
    for agent in study.cheap_agents:
        assert build(study.recipe(agent), sections).graded == study.is_graded(agent), agent


def test_rules_name_no_kind():
    said = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    assert [kind for kind in kinds() if f'"{kind}"' in said or f"'{kind}'" in said] == []


def test_the_digest_of_an_agent_covers_its_own_kind_and_no_other(study):
    roots = own_roots({}, Path("/nowhere"))
    for agent in study.cheap_agents:
        found = reached(FIT, study.modules(agent), roots)
        others = {f"mirage.agents.{kind}" for kind in kinds()} - set(study.modules(agent))
        assert not others & set(found), agent
        assert not {name for name in found if name.startswith("mirage.study")}
        assert set(study.modules(agent)) <= set(found)


def test_the_digest_covers_the_module_of_a_user_s_estimator(tmp_path):
    recipe = {"kind": "sklearn", "estimator": "mine.agents:svm"}
    assert modules_of(recipe) == ["mirage.agents.sklearn", "mine.agents"]
    (tmp_path / "mine").mkdir()
    digests = []
    for text in ("C = 1", "C = 2"):
        (tmp_path / f"mine/agents{len(digests)}.py").write_text(text, encoding="utf-8")
        names = [name.replace("mine.agents", f"mine.agents{len(digests)}") for name in modules_of(recipe)]
        digests.append(code_digest(FIT, *names, roots=own_roots({}, tmp_path)))
    assert digests[0] != digests[1]


def test_a_reference_reads_nothing_and_learns_nothing():
    assert [kind for kind in kinds() if not facts_of(kind).reads] == ["constant"]
    assert not facts_of("constant").learns


def test_what_the_snakefile_imports_of_a_study_is_light(tmp_path):
    script = f"""
import sys, time
import yaml
started = time.process_time()
from pydantic import BaseModel, Field
between = time.process_time()
import mirage.study
print(between - started, time.process_time() - between)
config = yaml.safe_load(open({str(ROOT / "config.yaml")!r}, encoding="utf-8"))
mirage.study.check_config(config)
mirage.study.fill_defaults(config)
mirage.study.Study.from_config(config).estimate_options
print(*sorted({HEAVY!r} & set(sys.modules)))
"""
    # The first run compiles. Of the others the least counts, and pydantic's time says how fast the machine is now: 0.1 s idle.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    command = [sys.executable, "-c", script]
    said = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(4)
    ]
    assert {lines[1] for lines in said} == {""}
    pydantic, own = (min(float(lines[0].split()[place]) for lines in said) for place in (0, 1))
    assert own < max(0.1, 1.25 * pydantic)
