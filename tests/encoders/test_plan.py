import json
import math
import re

import pytest

from known_schemes import SCHEMES as KNOWN
from mirage.encoders.hardware import Gpu, Hardware
from mirage.encoders.minutes import fit_minutes
from mirage.encoders.plan import (
    Batch,
    Machine,
    batches,
    beyond_budget,
    describe,
    describe_kept,
    encoders_of,
    fit_options,
    fit_recipe,
    folds_of,
    names_pattern,
    resources,
)
from mirage.encoders.speed import Speed

LAPTOP = Hardware((), cpu_bf16=True)
GPU_BOX = Hardware((Gpu("NVIDIA T4", 15.0),), cpu_bf16=False)
LAPTOP_NOW, GPU_NOW = Machine(LAPTOP, fits={"kfold": 5}), Machine(GPU_BOX)
OPTIONS = {"run": ["tiny", "tiny-as-run"], "where": "here", "minutes": None, "schemes": ["stratified", "kfold"], "seeds": 2}
SCHEMES = ["stratified", "kfold", "exact-sklearn", "time"]


@pytest.fixture
def agents(entry):
    large = {key: value for key, value in entry.items() if key != "as_run"} | {"millions": 149}
    return {"tiny": entry, "large": large, "tfidf": {"kind": "linear", "title": "TF-IDF"}}


def test_encoders_are_crossed_with_their_schemes_and_as_run_stays_on_its_own_split(agents):
    found = {(batch.agent, batch.split): batch for batch in batches(agents, OPTIONS, SCHEMES, LAPTOP_NOW)}
    assert set(found) == {
        ("tiny", "stratified"),
        ("tiny", "kfold"),
        ("tiny-as-run", "exact-sklearn"),
        ("large", "stratified"),
        ("large", "kfold"),
    }
    assert found["tiny", "kfold"].seeds == (0, 1)
    assert found["tiny", "kfold"].reason is None
    assert found["large", "kfold"].reason == "not among encoders.run"


def test_schemes_outside_the_study_are_left_out(agents):
    assert {batch.split for batch in batches(agents, OPTIONS, ["kfold"], LAPTOP_NOW)} == {"kfold"}


def test_minutes_come_from_past_runs_where_there_are_any(agents):
    past = [{"seconds": 600, "folds": [{}, {}]}, {"seconds": 240, "folds": [{}]}, {"seconds": 300, "folds": [{}]}]
    assert fit_minutes(agents["tiny"], LAPTOP, past) == 5.0


def test_without_past_runs_more_parameters_take_longer_and_a_gpu_is_faster(agents):
    tiny, large = agents["tiny"], agents["large"]
    assert fit_minutes(tiny, LAPTOP) < fit_minutes(large, LAPTOP)
    assert fit_minutes(large, GPU_BOX) < fit_minutes(large, LAPTOP) / 50


def test_the_plan_says_what_runs_what_is_done_and_what_does_not_run_here(agents, tmp_path):
    done = tmp_path / "runs/stratified/tiny/seed0"
    done.mkdir(parents=True)
    (done / "run.json").write_text(json.dumps({"seconds": 120, "folds": [{}]}))
    found = batches(agents, OPTIONS, SCHEMES, LAPTOP_NOW)
    lines = describe(found, ([], 0.0), agents, LAPTOP_NOW, tmp_path, cores=2)
    assert lines == [
        "encoders on this machine: no GPU, CPU with bf16",
        # Left: one fit on stratified, two times five on kfold, at two minutes each.
        "  tiny: 4 cells, 1 done, 3 to run on the CPU, one core a fit, about 2.0 min a fit, 22 min in all",
        lines[2],
        lines[3],
        "  not run here, not among encoders.run: large",
        "  to run it: snakemake --cores all --config 'encoders={run: [large]}'",
    ]
    assert lines[2].startswith("  tiny-as-run: 2 cells, 0 done, 2 to run")
    assert lines[3].startswith("  about 11 min for the encoders with 2 at a time")


def test_kept_fits_are_taken_in_seconds(agents, tmp_path):
    found = [Batch("tiny", "stratified", (0, 1), None), Batch("large", "stratified", (0, 1), "no fit of it is kept")]
    assert describe_kept(found, tmp_path) == [
        "encoders: nothing is trained",
        "  tiny: 2 cells, 0 done, 2 to take from the kept fits, in seconds",
        "  not run here, no fit of it is kept: large",
        "  to run it: snakemake --cores all --config 'encoders={run: [large]}'",
    ]


def speed(rate=1e11, at_once=2, away=None):
    return Speed("this machine", rate, at_once, away or {})


def auto(minutes=None, schemes=("stratified", "kfold"), seeds=2):
    return {"run": "auto", "where": "here", "minutes": minutes, "schemes": list(schemes), "seeds": seeds}


def test_a_budget_pays_for_the_first_schemes_then_for_seeds(agents):
    machine = Machine(LAPTOP, speed(), fits={"kfold": 5})
    each = fit_minutes(agents["tiny"], LAPTOP, speed=machine.speed)
    found = {(batch.agent, batch.split): batch for batch in batches(agents, auto(), SCHEMES, Machine(LAPTOP, speed(1e6)))}
    assert found["tiny", "stratified"].seeds == found["tiny", "kfold"].seeds == (0,)  # the least there is, though years over
    assert found["large", "stratified"].reason == "149 million parameters need a GPU"
    assert found["tiny-as-run", "exact-sklearn"].reason.startswith("no fit of it is done within 10 minutes")
    # A seed of both schemes is 6 fits, two at a time, and of the as-run split one; five folds one after the other take longest.
    assert _seeds(agents, auto(5.9 * each), machine) == {"tiny": 1, "tiny-as-run": 2}
    assert _seeds(agents, auto(7.1 * each), machine) == {"tiny": 2, "tiny-as-run": 2}


def _seeds(agents, options, machine):
    return {batch.agent: len(batch.seeds) for batch in batches(agents, options, SCHEMES, machine) if not batch.reason}


def test_what_a_budget_leaves_out_is_named_with_its_time(agents, tmp_path):
    machine, options = Machine(LAPTOP, speed(1e6), fits={"kfold": 5}), auto()
    left, minutes = beyond_budget(agents, options, SCHEMES, machine)
    assert {(batch.agent, batch.split, batch.seeds) for batch in left} == {
        ("tiny", "stratified", (1,)),
        ("tiny", "kfold", (1,)),
        ("tiny-as-run", "exact-sklearn", (0, 1)),
    }
    each = fit_minutes(agents["tiny"], LAPTOP, speed=machine.speed)
    assert minutes == pytest.approx((2 * 6 + 2) * each / 2)
    lines = describe(batches(agents, options, SCHEMES, machine), (left, minutes), agents, machine, tmp_path, cores=2)
    [line] = [line for line in lines if "beyond" in line]
    assert line == (
        "  beyond the budget of minutes: tiny on stratified, kfold (1 seed); tiny-as-run on exact-sklearn (2 seeds); "
        f"to run all, in about {math.ceil(minutes)} min: snakemake --cores all --config 'encoders={{minutes: {math.ceil(minutes)}}}'"
    )
    assert beyond_budget(agents, OPTIONS, SCHEMES, machine) == ([], 0.0)


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        (Machine(LAPTOP, unable="torch not installed"), "torch not installed"),
        (Machine(LAPTOP, speed(away={"tiny": "the Hub does not give it"})), "the weights were out of reach when"),
    ],
)
def test_nothing_is_planned_that_cannot_be_fitted(agents, machine, reason):
    found = [batch for batch in batches(agents, auto(), SCHEMES, machine) if batch.agent.startswith("tiny")]
    assert len(found) == 3
    assert all(batch.reason.startswith(reason) for batch in found)


def test_paid_jobs_have_no_budget_of_minutes(agents):
    options = auto() | {"where": "hf-jobs"}
    assert {batch.seeds for batch in batches(agents, options, SCHEMES, Machine(GPU_BOX, speed(1e6)))} == {(0, 1)}


def test_other_agents_are_no_encoders(agents):
    assert list(encoders_of(agents)) == ["tiny", "tiny-as-run", "large"]


def test_titles_and_notes_do_not_change_what_is_fitted(agents):
    assert fit_recipe(agents["tiny"] | {"note": "a note"}) == fit_recipe(agents["tiny"] | {"title": "Another"})
    assert fit_recipe(agents["tiny"])["epochs"] == 3


def test_fit_options_leave_the_grid_out():
    encoders = {"run": "auto", "schemes": [], "seeds": 3, "device": "auto", "lower_precision": True, "full_determinism": False}
    encoders |= {"keep_model": False, "save_every": 30, "where": "here"}
    checkpoints = {"path": None, "hub": True}
    found = fit_options({"encoders": encoders, "checkpoints": checkpoints})
    assert found == {key: encoders[key] for key in encoders if key not in ("run", "where", "schemes", "seeds")} | checkpoints
    paid = fit_options({"encoders": encoders | {"where": "hf-jobs"}, "checkpoints": checkpoints})
    assert paid == found | {"device": "cuda"}


def test_a_scheduler_is_asked_for_the_memory_that_the_formula_gives(agents):
    # MiniLM, 16 rows of 256 tokens on a CPU: 1 GB libraries, .36 state, 1.59 layers; and 2 GB beside.
    minilm = agents["tiny"] | {"millions": 22.7, "batch_size": 16, "max_length": 256}
    assert resources(minilm, LAPTOP, 1)["mem_mb"] == pytest.approx(4950, abs=10)
    assert resources(minilm, GPU_BOX, 1)["mem_mb"] == 2000


def test_cross_validated_schemes_have_a_fit_a_fold():
    assert [
        folds_of(split, folds, KNOWN) for split, folds in (("kfold", 5), ("stratified", 5), ("arm-in", 4), ("arm-out", 4))
    ] == [5, 1, 4, 1]


def test_a_scheduler_is_asked_for_a_gpu_where_one_is_needed_or_there(agents):
    tiny, large = agents["tiny"], agents["large"]
    assert resources(tiny, LAPTOP, 3)["gpu"] == 0
    assert resources(large, LAPTOP, 3)["gpu"] == 1
    assert resources(tiny, GPU_BOX, 3)["gpu"] == 1
    assert resources(large, LAPTOP, 30)["runtime"] > resources(large, LAPTOP, 3)["runtime"]


@pytest.mark.parametrize(("names", "taken", "refused"), [(["a", "b-c"], "b-c", "b"), ([], None, "")])
def test_a_pattern_takes_its_names_only(names, taken, refused):
    pattern = re.compile(names_pattern(names))
    assert taken is None or pattern.fullmatch(taken)
    assert not pattern.fullmatch(refused)
