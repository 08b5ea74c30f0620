"""What figures declare: which of them a study has, what they are made from, and their captions."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from mirage.declared import Figure, discover
from mirage.study.grid import Study, as_json
from mirage.study.loading import fill_defaults

ROOT = Path(__file__).parents[2]
PACKAGES = ["mirage.figures", "on_the_books.figures"]
ANY_DATA, PUBLISHED = PACKAGES[:1], PACKAGES
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
LOADED = """
import importlib, pkgutil, sys
for package in {packages}:
    for entry in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{{package}}.{{entry.name}}")
print(*sorted({{"numpy", "pandas", "matplotlib", "scipy", "sklearn", "torch"}} & set(sys.modules)))
"""


def found(packages=PUBLISHED, **changed):
    """The figures of the published study with other values in the place of its own; None leaves a section out."""
    config = copy.deepcopy(CONFIG) | changed
    config = {key: value for key, value in config.items() if value is not None}
    fill_defaults(config)
    study = Study.from_config(config)
    return study, discover(packages, "FIGURE", study)


def test_the_declarations_are_read_without_a_library_that_computes_or_draws():
    # In a process of its own, since these tests have loaded them.
    done = subprocess.run([sys.executable, "-c", LOADED.format(packages=PACKAGES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_every_figure_of_the_page_is_declared():
    _, figures = found()
    contents = yaml.safe_load((ROOT / "workflow/report/contents.yaml").read_text(encoding="utf-8"))["sections"]
    named = [entry.get("figures", []) + entry.get("folded", {}).get("figures", []) for entry in contents]
    assert {name for names in named for name in names} <= set(figures)


def test_schemes_are_drawn_in_the_order_of_the_configuration():
    study, figures = found()
    options = json.loads(as_json(figures["gap"].declared.options(study)))
    assert list(study.words.of_each(dict(options["schemes"]))) == CONFIG["gap"]["held_out"]


def test_a_caption_is_one_paragraph_with_the_numbers_of_the_study():
    study, figures = found(seeds=7, intervals={"level": 0.9, "draws": 20, "seed": 0})
    captions = {name: figure.declared.caption_of(study) for name, figure in figures.items()}
    assert all(caption.endswith(".") and "\n" not in caption for caption in captions.values())
    assert "7 seeds" in captions["gap"]
    assert "90%" in captions["gap"]
    assert "labelled Jim Crow" in captions["label_rate"]


def test_of_other_data_captions_are_in_its_own_words():
    words = {"row": "tweet", "unit": "thread", "group": "account"}
    study, figures = found(ANY_DATA, published=False, data={**CONFIG["data"], "words": words})
    captions = {name: figure.declared.caption_of(study) for name, figure in figures.items()}
    assert captions["label_rate"].startswith("Share of positive tweets by account")
    assert "another tweet of the same thread" in captions["leakage"]
    assert "a bootstrap that draws threads and near-duplicates once" in captions["gap"]
    assert "Diamonds" not in captions["f1_random"]


def test_options_and_reads_are_plain_and_resources_are_there():
    study, figures = found()
    for name, figure in figures.items():
        assert json.loads(json.dumps(figure.declared.options(study))) is not None, name
        assert all(isinstance(path, str) and not path.startswith("results") for path in figure.declared.reads(study)), name
        assert all((ROOT / "workflow/resources" / resource).is_file() for resource in figure.declared.resources), name


@pytest.mark.parametrize(
    ("changed", "gone"),
    [
        ({"groups": None}, {"reliability"}),
        ({"traces": None}, {"tool_calls", "noticed"}),
        ({"multiverse": None}, {"multiverse"}),
        ({"decomposition": None}, {"decomposition", "prevalence", "dose"}),
        ({"evaluations": None}, {"three_evaluations"}),
        ({"evaluations": {"absent": "Absent"}}, {"three_evaluations"}),
        ({"figures": {"f1_mine": ["stratified"]}}, {"f1_random"}),
        ({"agents": {"tfidf-post": CONFIG["agents"]["tfidf-post"]}, "comparisons": None}, {"optimism"}),
    ],
)
def test_a_figure_is_made_where_the_study_has_what_it_shows(changed, gone):
    _, everything = found()
    _, figures = found(**changed)
    assert set(everything) - set(figures) == gone


def test_what_was_published_about_one_data_set_is_drawn_for_that_one_alone():
    _, everything = found()
    _, figures = found(ANY_DATA)
    assert set(everything) - set(figures) == {"agents_grid", "three_evaluations", "ties"}


def test_a_figure_of_f1_has_the_schemes_and_the_name_that_the_configuration_gives_it():
    study, figures = found(figures={"f1_mine": ["stratified", "kfold"]})
    mine = figures["f1_mine"]
    assert mine.module == "mirage.figures.f1"
    assert mine.declared.options(study)["schemes"] == [("stratified", "random split"), ("kfold", "cross-validation")]
    assert "a panel for each of these: random split; cross-validation." in mine.declared.caption_of(study)


def test_a_caption_names_the_seeds_of_encoders_where_there_are_some():
    study, figures = found(encoders={**CONFIG["encoders"], "run": ["minilm"]})
    assert f"(encoders: {CONFIG['encoders']['seeds']})" in figures["gap"].declared.caption_of(study)
    study, figures = found(agents={"tfidf-post": CONFIG["agents"]["tfidf-post"]}, comparisons=None)
    assert "encoders" not in figures["gap"].declared.caption_of(study)


def test_optimism_reads_its_table_only_where_an_encoder_ran():
    study, figures = found(encoders={**CONFIG["encoders"], "run": "none"})
    assert "tables/optimism.csv" not in figures["optimism"].declared.reads(study)
    study, figures = found(encoders={**CONFIG["encoders"], "run": ["minilm"]})
    assert "tables/optimism.csv" in figures["optimism"].declared.reads(study)


def test_dummies_that_are_a_line_are_no_agents():
    study, figures = found()
    shown, again = ({agent for agent, _ in figures[name].declared.options(study)["titles"]} for name in ("gap", "f1_random"))
    assert shown == again
    assert "tfidf-post" in shown
    assert not {agent for agent in shown if study.kind(agent) == "constant"}


def test_the_headline_s_agent_is_the_first_whose_threshold_is_shown():
    study, figures = found()
    titles = figures["prevalence"].declared.options(study)["titles"]
    assert titles[0][0] == study.config["headline"]["agent"]


def test_a_module_may_declare_several(tmp_path, monkeypatch):
    folder = tmp_path / "drawings"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "helper.py").write_text("NOTHING = None\n")
    (folder / "single.py").write_text(
        "from mirage.declared import Figure\n"
        "FIGURE = Figure(caption=str, reads=lambda study: [], options=lambda study: {}, made=lambda study: study.wanted)\n"
    )
    (folder / "several.py").write_text(
        "from mirage.declared import Figure\n"
        "def figures(study):\n"
        "    return {name: Figure(caption=str, reads=list, options=dict) for name in ('left', 'right')}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with_it, without = (SimpleNamespace(wanted=wanted, has_classes=False) for wanted in (True, False))
    assert {name: one.module for name, one in discover(["drawings"], "FIGURE", with_it).items()} == {
        "left": "drawings.several",
        "right": "drawings.several",
        "single": "drawings.single",
    }
    assert list(discover(["drawings"], "FIGURE", without)) == ["left", "right"]
    assert all(isinstance(one.declared, Figure) for one in discover(["drawings"], "FIGURE", with_it).values())


def test_a_figure_of_one_class_is_none_of_the_choice_among_several(tmp_path, monkeypatch):
    folder = tmp_path / "sketches"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name, of in (("one", ""), ("several", ", of=SEVERAL"), ("both", ", of=BOTH")):
        (folder / f"{name}.py").write_text(
            f"from mirage.declared import BOTH, SEVERAL, Figure\nFIGURE = Figure(caption=str, reads=list, options=dict{of})\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    assert list(discover(["sketches"], "FIGURE", SimpleNamespace(has_classes=False))) == ["both", "one"]
    assert list(discover(["sketches"], "FIGURE", SimpleNamespace(has_classes=True))) == ["both", "several"]
