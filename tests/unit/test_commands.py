"""The command mirage: its help, its errors of one line, and what each subcommand prints of the folder of a study."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from mirage import __version__, program, running, whole
from mirage.__main__ import COMMANDS, main
from mirage.encoders.speed import Speed
from mirage.errors import StoppedError, StudyError
from mirage.files import write_json
from mirage.folder import StudyFolder, study_in
from mirage.study.seconds import Seconds
from notes import notes_csv

HEAVY = ("numpy", "pandas", "pyarrow", "pydantic", "scipy", "sklearn", "snakemake", "yaml")
NUMBER = {"label": "F1 of tfidf on kfold", "value": 0.9, "low": 0.8, "high": 0.95, "interval": "bootstrap"}


@pytest.fixture(scope="module")
def proposed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proposed")
    (folder / "notes.csv").write_bytes(notes_csv())
    arguments = ["init", folder / "notes.csv", "--output", folder / "notes-study", "--positive", "cardiology", "--yes"]
    assert main([str(argument) for argument in arguments]) == 0
    return folder


@pytest.fixture
def study(proposed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(proposed, tmp_path, dirs_exist_ok=True)
    return StudyFolder(Path("notes-study"))


def finish(folder: StudyFolder) -> None:
    write_json(folder.results / "headline.json", {"stamp": None, "level": 0.95, "numbers": [NUMBER], "word": "Holds: TF-IDF."})
    folder.page.parent.mkdir(parents=True, exist_ok=True)
    folder.page.write_text("page", encoding="utf-8")


def edit(folder: StudyFolder, text: str | bytes) -> None:
    folder.config.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_help_and_version_load_nothing_heavy(arguments):
    code = f"""
import sys
from mirage.__main__ import main
try:
    main({arguments!r})
finally:
    assert not set({HEAVY!r}) & set(sys.modules), sorted(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    if "--help" in arguments:
        assert "example: mirage " in done.stdout
    else:
        assert done.stdout == f"mirage {__version__}\n"


def test_a_bare_command_prints_the_help(capsys):
    assert main([]) == 0
    said = capsys.readouterr()
    assert "init " in said.out
    assert "example: mirage init my.csv --run" in said.out
    assert not said.err


def test_an_option_of_the_run_that_makes_no_sense_leaves_no_folder_behind(proposed, tmp_path, capsys):
    for option, value in (("--budget", "soon"), ("--cores", "0")):
        arguments = ["init", str(proposed / "notes.csv"), "--output", str(tmp_path / "study"), "--yes", "--run", option, value]
        assert main(arguments) == 1
        assert capsys.readouterr().err.startswith(f"error: {option} {value}: ")
    assert not (tmp_path / "study").exists()


def test_the_package_itself_loads_nothing_heavy_and_has_check():
    code = f"import sys, mirage; assert not set({HEAVY!r}) & set(sys.modules); print(mirage.check.__name__)"
    assert subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True).stdout == "check\n"


@pytest.mark.parametrize(
    ("started", "typed"),
    [
        ("/opt/bin/mirage", "mirage run 'my study'"),
        (".venv/bin/mirage", ".venv/bin/mirage run 'my study'"),
        ("/opt/mirage/__main__.py", "python -m mirage run 'my study'"),
        ("/opt/ipykernel_launcher.py", "mirage run 'my study'"),
    ],
)
def test_commands_are_printed_as_they_are_typed(monkeypatch, started, typed):
    monkeypatch.setattr(sys, "argv", [started])
    assert program.typed("run", Path("my study")) == typed


def test_a_defect_is_one_line_and_its_place_is_shown_on_demand(monkeypatch, capsys):
    def fail(named):
        raise ValueError("two\nlines")

    monkeypatch.setattr(sys, "argv", ["mirage"])
    monkeypatch.setattr("mirage.folder.study_in", fail)
    assert main(["plan"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ValueError: two lines; a defect of mirage, at mirage/commands/plan.py:")
    assert error.endswith("; to see more: mirage plan --debug ...\n")
    assert error.count("\n") == 1
    with pytest.raises(ValueError, match="two"):
        main(["plan", "--debug"])


def test_what_the_user_stops_ends_in_one_line(monkeypatch, capsys):
    def stop(named):
        raise StoppedError("3 finished fits are kept; to go on: mirage run my-study")

    monkeypatch.setattr("mirage.folder.study_in", stop)
    assert main(["run", "my-study"]) == 130
    assert capsys.readouterr().err == "stopped: 3 finished fits are kept; to go on: mirage run my-study\n"


def test_a_kill_ends_a_command_as_ctrl_c_does(monkeypatch, capsys):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("mirage.folder.study_in", lambda named: signal.raise_signal(signal.SIGTERM))
    assert main(["plan"]) == 130
    assert capsys.readouterr().err == "stopped; what was finished is kept\n"
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_option_that_counts_once_is_not_taken_twice(proposed, tmp_path, capsys):
    arguments = ["init", str(proposed / "notes.csv"), "--output", str(tmp_path / "study"), "--yes", "--positive", "cardiology"]
    with pytest.raises(SystemExit) as caught:
        main([*arguments, "--positive", "oncology"])
    assert caught.value.code == 2
    assert capsys.readouterr().err == "error: --positive stands there twice, with cardiology and oncology; write it once\n"
    assert not (tmp_path / "study").exists()
    # Said again, it is the same.
    assert main([*arguments, "--positive", "cardiology"]) == 0


def test_only_a_run_hands_arguments_on(capsys):
    with pytest.raises(SystemExit):
        main(["plan", "--", "-n"])
    assert "mirage plan takes nothing after --" in capsys.readouterr().err


def test_a_folder_without_a_study_names_those_that_are_near(study):
    with pytest.raises(StudyError, match=r"holds no study, there is no config.yaml; name one of notes-study$"):
        study_in(None)
    with pytest.raises(StudyError, match=r"nowhere: no such folder; .*mirage init FILE makes a study"):
        study_in(Path("nowhere"))
    assert study_in(study.config) == study


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seeds: 3\n", "config.yaml: has no key study, so it is no study of its own"),
        ("study: x\nseeds: [1\n", r"config.yaml, line \d, column \d: no YAML: .*; mend that line"),
        ("", "config.yaml: found no keys"),
        (b"study: \xff\n", "config.yaml: not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_configuration_is_told_in_one_line(study, text, told):
    edit(study, text)
    with pytest.raises(StudyError, match=f"notes-study/{told}"):
        study_in(study.path)


def test_a_configuration_at_fault_is_named_by_its_place(study, capsys):
    edit(study, study.config.read_text(encoding="utf-8").replace("seeds: 5", "seeds: five"))
    assert main(["run", "notes-study"]) == 1
    assert capsys.readouterr().err.startswith(
        "error: notes-study/config.yaml: seeds: found 'five'; write a whole number, 1 or more"
    )


def test_the_plan_says_what_is_there_and_how_long_the_rest_takes(study, capsys):
    assert main(["plan", "notes-study", "--cores", "2"]) == 0
    title, cells, page = capsys.readouterr().out.splitlines()[-3:]
    assert title == "notes: cardiology against the rest (notes-study):"
    assert " cells, 0 done, " in cells
    assert page.startswith("  to the page: about ")
    assert main(["plan", "notes-study", "--cores", "0"]) == 1
    assert capsys.readouterr().err == "error: --cores 0: no number of cores; write 1 or more, or all\n"


def test_a_plan_goes_by_the_speed_that_a_run_measured_and_measures_none(study, monkeypatch):
    asked = []

    def known(config, results, *, measure):
        asked.append((results, measure))
        return Speed("this machine", 1e11, 2, {})

    monkeypatch.setattr(sys.modules["mirage.encoders.plan"], "encoder_speed", known)
    assert study.study(study.read()).machine.speed == Speed("this machine", 1e11, 2, {})
    assert asked == [(Path("results"), False)]


def test_the_report_says_what_it_lacks(study, capsys, monkeypatch):
    capsys.readouterr()
    assert main(["report", "notes-study"]) == 1
    assert "notes-study: nothing was found yet; to run it: " in capsys.readouterr().err
    finish(study)
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert main(["report", "notes-study", "--open"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Holds: TF-IDF.",
        ".900 [.800, .950]        F1 of tfidf on kfold; 95% interval: bootstrap",
        "",
        "page: notes-study/results/report/index.html",
    ]
    assert opened == [study.page.resolve().as_uri()]
    study.page.unlink()
    assert main(["report", "notes-study"]) == 0
    assert "no page yet, the tables so far are in notes-study/results/tables; to go on: " in capsys.readouterr().out
    assert main(["report", "notes-study", "--open"]) == 1


@pytest.fixture
def called(study, monkeypatch):
    """The calls of Snakemake, none of which is made, with the configuration that each has; a step takes two seconds on any machine."""
    known = Seconds({"fit linear": (0.0, 0.2), "table_f1": (1.8, 0.5)}, {})
    monkeypatch.setattr(sys.modules["mirage.study.forecast"], "seconds_here", lambda: known)
    calls = []

    def pretend(folder, command, *, shown=False):
        name = command[command.index("--configfile") + 1]
        calls.append((command, yaml.safe_load((folder.path / name).read_text(encoding="utf-8"))))
        finish(folder)

    monkeypatch.setattr(whole, "run_workflow", pretend)
    return calls


def test_a_run_prints_the_plan_and_the_answer(study, called, capsys):
    assert main(["run", "notes-study", "--cores", "2"]) == 0
    [(command, config)] = called
    assert command[command.index("--cores") + 1] == "2"
    assert config["seeds"] == 5
    said = capsys.readouterr().out
    assert (
        said.index("to the page: about ")
        < said.index("Holds: TF-IDF.")
        < said.index("page: notes-study/results/report/index.html")
    )


def test_what_is_for_snakemake_is_handed_on(study, called):
    assert main(["run", "notes-study", "--", "--dry-run", "results/tables/f1.md"]) == 0
    assert called[0][0][-2:] == ["--dry-run", "results/tables/f1.md"]


def test_with_a_budget_a_first_answer_comes_first_and_what_is_left_out_is_said(study, called, capsys):
    assert main(["run", "notes-study", "--cores", "2", "--budget", "45s"]) == 0
    [(command, config)] = called
    assert command[-2:] == ["--", "answer"]
    assert config["seeds"] == 2
    assert config["schemes"] == ["kfold", "out-hilltop", "out-st-mary", "out-north-clinic", "out-harbour", "time"]
    assert list(config["agents"]) == ["always-positive", "prevalence", "word-list", "tfidf"]
    said = capsys.readouterr().out
    assert "the whole does not fit 45 s; first an answer from 2 seeds, 4 agents and 6 splits, in about " in said
    assert "left out: 3 of 5 seeds; the agents TF-IDF, balanced classes; the splits stratified, " in said
    assert said.rstrip().endswith("mirage run notes-study")


def test_a_budget_that_nothing_fits_gets_the_least_there_is(study, called, capsys):
    assert main(["run", "notes-study", "--cores", "2", "--budget", "1s"]) == 0
    assert called[0][1]["schemes"] == ["kfold", "out-hilltop"]
    assert "the least there is, which does not fit either" in capsys.readouterr().out


def test_a_budget_that_the_whole_fits_runs_it(study, called):
    assert main(["run", "notes-study", "--cores", "2", "--budget", "1h"]) == 0
    assert [command[-1] == "answer" for command, _ in called] == [False]


@pytest.mark.parametrize("budget", ["5", "0s", "five minutes", "-5m"])
def test_a_budget_is_a_time(study, capsys, budget):
    assert main(["run", "notes-study", f"--budget={budget}"]) == 1
    assert capsys.readouterr().err == f"error: --budget {budget}: no time; write one such as 90s, 5m or 1h\n"


def run_python(folder: StudyFolder, code: str) -> None:
    running.run_workflow(folder, [sys.executable, "-c", code])


def test_a_step_that_fails_is_one_line_with_its_reason_and_log(study):
    log = study.path / "logs/table/f1.log"
    log.parent.mkdir(parents=True)
    log.write_text("12:00 reading\nerror: f1: no run is there\n", encoding="utf-8")
    said = "Error in rule table_f1:\n    jobid: 1\n    log: logs/table/f1.log (check log file(s) for error details)\n"
    with pytest.raises(StudyError, match=r"^notes-study: table_f1: f1: no run is there; no fit was finished; mend .*f1.log$"):
        run_python(study, f"import sys; print({said!r}); sys.exit(1)")
    with pytest.raises(StudyError, match=r"^notes-study: the disk is full; .* see notes-study/logs/run.log$"):
        run_python(study, "import sys; sys.exit('WorkflowError:\\nerror: the disk is full.')")


def test_a_run_that_is_stopped_ends_its_jobs_and_says_how_to_go_on(study):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(StoppedError, match=r"^no fit was finished; to go on: .*mirage run notes-study$"):
            run_python(study, "import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(600)")
    finally:
        signal.signal(signal.SIGINT, before)


def test_how_far_a_run_is_comes_to_standard_error_and_the_rest_to_the_log(study, capsys):
    capsys.readouterr()
    run_python(study, "import os, sys; print('Building DAG of jobs...'); os.write(int(sys.argv[-1]), b'3 of 40 steps\\n')")
    assert capsys.readouterr().err == "3 of 40 steps\n"
    assert (study.path / running.LOG).read_text() == "Building DAG of jobs...\n"


def test_on_a_terminal_it_is_written_there_by_the_run_itself(study, capfd, monkeypatch):
    capfd.readouterr()
    monkeypatch.setattr(running.sys, "stderr", SimpleNamespace(isatty=lambda: True, fileno=lambda: 2))
    run_python(study, "import os, sys; print('Building DAG of jobs...'); os.write(int(sys.argv[-1]), b'3 of 40 steps\\n')")
    assert capfd.readouterr().err == "3 of 40 steps\n"
    assert (study.path / running.LOG).read_text() == "Building DAG of jobs...\n"
