from pathlib import Path

import pytest
import yaml

from mirage.report.methods import methods
from mirage.report.page import prose_html
from mirage.study.grid import Study
from mirage.study.loading import fill_defaults

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "workflow/report/methods.md.j2"
DATA = {"rows": 1785, "positives": 512, "origin": "local file laws.csv", "near_duplicate_threshold": 0.5}


def told(config):
    fill_defaults(config)
    study = Study.from_config(config)
    return prose_html(TEMPLATE, **methods(config, study.estimate_options, DATA))


@pytest.fixture
def published():
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def test_the_published_study_tells_its_numbers_from_the_configuration(published):
    published["seeds"], published["intervals"]["level"] = 7, 0.9
    html = told(published)
    assert "1,785 rows, 512 of them positive, from local file laws.csv." in html
    assert "with 7 seeds, each fine-tune with 3" in html
    assert "All are 90% intervals" in html
    assert html.count("<li><code>") == len(published["schemes"])
    assert "<li><code>stratified</code>: random rows tested, stratified by label.</li>" in html
    assert "<li>Race-word expression: written by hand with knowledge of this data.</li>" in html
    assert "<h3>What is quoted</h3>" in html


def test_a_study_of_other_data_quotes_nothing():
    config = yaml.safe_load((ROOT / "tests/workflow/module/config.yaml").read_text(encoding="utf-8"))["study"]
    html = told(config)
    assert "What is quoted" not in html
    assert "taken apart" not in html
    assert "<li>Ten learned words.</li>" in html
