import json
import subprocess

import pytest

from mirage.encoders import speed
from mirage.encoders.hardware import Gpu, Hardware
from mirage.encoders.speed import FILE, known_speed, measured_speed, why_unable

LAPTOP = Hardware((), cpu_bf16=False)
TWO_CARDS = Hardware((Gpu("L4", 24.0), Gpu("L4", 24.0, "1")), cpu_bf16=False)
ASKED = {"path": None, "hub": False}


@pytest.fixture
def answers(monkeypatch):
    """What the measuring process answers, and how often it was asked."""
    asked = []

    def run(command, input, **options):
        asked.append(json.loads(input))
        return subprocess.CompletedProcess(command, 0, 'a warning\n{"rate": 5e10, "out_of_reach": {"large": "no Hub"}}\n', "")

    monkeypatch.setattr(speed.subprocess, "run", run)
    return asked


def test_a_machine_is_measured_once_for_its_results(tmp_path, answers, capsys):
    assert known_speed(tmp_path, LAPTOP) is None
    found = measured_speed(tmp_path, LAPTOP, {"small": {"millions": 22}}, ASKED)
    assert (found.rate, found.at_once, found.out_of_reach) == (5e10, speed.cores(), {"large": "no Hub"})
    assert measured_speed(tmp_path, LAPTOP, {}, ASKED) == known_speed(tmp_path, LAPTOP) == found
    assert answers == [{"agents": {"small": {"millions": 22}}, "checkpoints": ASKED, "lower_precision": True}]
    assert capsys.readouterr().err.count("measuring how fast this machine fine-tunes") == 1


def test_another_machine_and_a_broken_file_are_measured_anew(tmp_path, answers):
    measured_speed(tmp_path, LAPTOP, {}, ASKED)
    assert measured_speed(tmp_path, TWO_CARDS, {}, ASKED).at_once == 2
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    measured_speed(tmp_path, TWO_CARDS, {}, ASKED)
    assert len(answers) == 3


def test_a_study_that_allows_no_lower_precision_is_measured_by_itself(tmp_path, answers):
    measured_speed(tmp_path, LAPTOP, {}, ASKED)
    measured_speed(tmp_path, LAPTOP, {}, ASKED, lower_precision=False)
    assert [answer["lower_precision"] for answer in answers] == [True, False]
    assert known_speed(tmp_path, LAPTOP) is None
    assert known_speed(tmp_path, LAPTOP, lower_precision=False) is not None


def test_a_machine_that_cannot_be_measured_is_told_in_one_line(tmp_path, monkeypatch, capsys):
    def run(command, **options):
        raise subprocess.CalledProcessError(1, command, stderr="Traceback\nImportError: torch is broken\n")

    monkeypatch.setattr(speed.subprocess, "run", run)
    assert measured_speed(tmp_path, LAPTOP, {}, ASKED) is None
    assert "could not be measured (ImportError: torch is broken); it is estimated" in capsys.readouterr().err
    assert not (tmp_path / FILE).exists()


def test_packages_that_are_missing_are_named(monkeypatch):
    monkeypatch.setattr(speed, "NEEDS", ("json", "no_such_package"))
    assert why_unable() == "no_such_package not installed: make installs all that fits need"


def test_a_real_measurement_gives_a_rate_and_asks_for_the_weights(tmp_path, entry):
    agents = {"away": {**entry, "checkpoint": "no/such-model"}}
    found = measured_speed(tmp_path, LAPTOP, agents, {"path": str(tmp_path), "hub": False})
    assert found.rate > 1e8
    assert found.out_of_reach == {
        "away": f"{tmp_path} has no folder no/such-model; it is not in the Hub's cache; checkpoints.hub is false"
    }
