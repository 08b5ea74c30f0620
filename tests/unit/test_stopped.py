"""What a run that stops before its end says."""

import pytest

from mirage.files import write_json
from mirage.stopped import finished_cells, killed, stopped

LOG = """\
Job 3: Training the agents that are cheap on kfold
Error in rule fit_cells:
    message: Training the agents that are cheap on kfold
    jobid: 3
    input: results/data/sections.parquet
    log: logs/fit_cells/kfold.log (check log file(s) for error details)
    shell:
        python scripts/fit_cells.py --split kfold

Error in rule draw_gap:
    jobid: 9
    shell:
        python scripts/draw_gap.py
Exiting because a job execution failed.
Error in rule fit_cells:
    jobid: 3
    log: logs/fit_cells/kfold.log (check log file(s) for error details)
"""


QUIET = """\
RuleException:
CalledProcessError in file "workflow/rules/fit.smk", line 34:
Command 'set -euo pipefail;  python ../scripts/fit_cells.py --agents '{"a": 1}' > logs/fit_cells/kfold.log 2>&1' returned non-zero
RuleException:
CalledProcessError in file "workflow/rules/data.smk", line 20:
Command 'set -euo pipefail;  python ../scripts/fetch_sections.py 2>&1 | tee logs/fetch.log >&2' died with <Signals.SIGKILL: 9>.
"""


@pytest.fixture
def results(tmp_path):
    write_json(tmp_path / "runs/kfold/words/runs.json", {"runs": {"0": {}, "1": {}}})
    write_json(tmp_path / "runs/kfold/minilm/seed0/run.json", {})
    write_json(tmp_path / ".cells/kfold/words/whole-ab/runs.json", {"runs": {"0": {}, "1": {}}})
    write_json(tmp_path / ".cells/time/words/seed0/run.json", {})
    write_json(tmp_path / ".cells/time/words/seed7/run.json", {})
    return tmp_path


def test_every_failed_rule_is_named_once_with_its_log(results):
    *failed, last = stopped(LOG, results)
    assert failed == ["failed: fit_cells, see logs/fit_cells/kfold.log", "failed: draw_gap"]
    assert last.startswith("5 finished fits are kept; to go on, type the same command again")


def test_with_its_rules_quiet_the_commands_tell_what_failed(results):
    *failed, _ = stopped(QUIET, results)
    assert failed == ["failed: fit_cells.py, see logs/fit_cells/kfold.log", "failed: fetch_sections.py, see logs/fetch.log"]
    assert stopped(QUIET + LOG, results)[0] == "failed: fit_cells, see logs/fit_cells/kfold.log"


def test_a_command_that_the_system_killed_is_told():
    assert killed(QUIET).startswith(
        "a command was killed, as the system does where the memory runs out; run with fewer --cores"
    )
    assert killed("Command 'python x.py > a.log 2>&1' returned non-zero exit status 137.\n") == killed(QUIET)
    assert killed(LOG) is None
    assert killed("Command 'python x.py > a.log 2>&1' returned non-zero exit status 1.\n") is None


def test_an_interrupted_run_has_no_failed_rule(tmp_path):
    # The steps that were at work failed since they were stopped.
    assert stopped(f"Terminating processes on user request, this might take some time.\n{LOG}", tmp_path) == [
        "stopped before the end",
        "no fit was finished; to go on, type the same command again",
    ]
    assert stopped("", tmp_path, incomplete=True)[1].endswith("the same command again, with --rerun-incomplete")


def test_a_fit_counts_once_wherever_it_stands(results):
    # Two published, which the store holds too; a fine-tune; two that wait.
    assert finished_cells(results) == 5
