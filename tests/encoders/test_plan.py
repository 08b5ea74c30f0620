import json
import math
import re

import pytest

from known_schemes import SCHEMES as KNOWN
from mirage.encoders.described import describe, describe_kept
from mirage.encoders.hardware import Gpu, Hardware
from mirage.encoders.minutes import fit_minutes, minutes_scaled, minutes_taken
from mirage.encoders.plan import (
    Batch,
    Machine,
    batches,
    beyond_budget,
    encoders_of,
    fit_options,
    fit_recipe,
    folds_of,
    names_pattern,
    resources,
)
from mirage.encoders.speed import Speed
from mirage.encoders.work import minutes_each

LAPTOP = Hardware((), cpu_bf16=True)
GPU_BOX = Hardware((Gpu("NVIDIA T4", 15.0),), cpu_bf16=False)
LAPTOP_NOW = Machine(LAPTOP, fits={"kfold": 5})
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


def past(seconds, folds=1, **told):
    return {"seconds": seconds, "folds": [{}] * folds, **told}


CPU, CARD = {"device": {"kind": "cpu", "threads": 1}}, {"device": {"kind": "cuda"}}


def test_the_time_of_a_fit_is_its_share_of_the_cell_in_the_middle_of_past_runs():
    assert minutes_taken([past(600, 2), past(240), past(300)], on_cpu=True) == 5.0
    assert minutes_taken([], on_cpu=True) is None


def test_on_a_cpu_the_processor_tells_the_time_and_not_a_clock_that_other_work_stretches():
    loaded = past(2080, cpu_seconds=420, **CPU)
    assert minutes_taken([loaded], on_cpu=True) == 7.0
    assert minutes_taken([past(2080, 5, cpu_seconds=420, **CPU)], on_cpu=True) == pytest.approx(1.4)
    # Two threads spend twice the seconds of the clock.
    assert minutes_taken([past(300, cpu_seconds=600, **CPU)], on_cpu=True) == 5.0
    # On a card the processor waits.
    assert minutes_taken([past(120, cpu_seconds=60, **CARD), loaded], on_cpu=False) == 2.0
    assert minutes_taken([past(120, **CARD)], on_cpu=True) is None


def test_a_cell_that_was_taken_up_again_tells_no_time():
    epochs = [{"epochs": [{"seconds": 100}, {"seconds": 100}]}]
    assert minutes_taken([{"seconds": 120, "folds": epochs}], on_cpu=True) is None
    assert minutes_taken([{"seconds": 240, "folds": epochs}], on_cpu=True) == 4.0


def test_an_encoder_that_has_not_run_is_foretold_from_those_that_have():
    # In proportion beyond those that ran, and between two of them by a power: of 4 and 16 operations in 1 and 3 minutes.
    assert minutes_scaled([(4.0, 1.0)], 16.0) == 4.0
    assert minutes_scaled([(4.0, 1.0), (16.0, 3.0)], 32.0) == 6.0
    assert minutes_scaled([(4.0, 1.0), (16.0, 3.0)], 1.0) == 0.25
    assert minutes_scaled([(4.0, 1.0), (16.0, 3.0)], 8.0) == pytest.approx(math.sqrt(3))
    assert minutes_scaled([(4.0, 1.0), (4.0, 2.0)], 4.0) == 1.5


def test_more_work_is_never_foretold_to_be_done_sooner():
    # The larger one works at a higher rate, as products of larger matrices do.
    told = [minutes_scaled([(1.0, 7.0), (8.0, 27.0)], work / 10) for work in range(1, 200)]
    assert told == sorted(told)


def test_after_runs_on_a_busy_machine_the_larger_encoder_is_still_foretold_to_take_longer(agents, tmp_path):
    folder = tmp_path / "runs/stratified/tiny/seed0"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(past(2080, cpu_seconds=395, **CPU)))
    each = minutes_each(encoders_of(agents), LAPTOP_NOW, tmp_path)
    assert each["tiny"] == each["tiny-as-run"] == pytest.approx(395 / 60)
    # Of its parameters 3/4 work and of the small one's half: the rest is the same.
    assert each["large"] == pytest.approx(395 / 60 * 149 * 0.75 / (0.1 * 0.5))


def test_where_bf16_is_not_allowed_a_cpu_that_has_it_is_no_faster(agents):
    plain, tiny = Machine(Hardware((), cpu_bf16=False)), agents["tiny"]
    assert Machine(LAPTOP, lower_precision=False).fit_minutes(tiny) == plain.fit_minutes(tiny) > LAPTOP_NOW.fit_minutes(tiny)


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
        # It has not run: as long as the one of which it is a variant.
        "  tiny-as-run: 2 cells, 0 done, 2 to run on the CPU, one core a fit, about 2.0 min a fit, 4 min in all",
        "  about 13 min for the encoders with 2 at a time",
        "  not run here, not among encoders.run: large",
        "  to run one: write run: [large] under encoders in the configuration, or add --config 'encoders={run: [large]}' for one run",
    ]


def test_kept_fits_are_taken_in_seconds(tmp_path):
    found = [Batch("tiny", "stratified", (0, 1), None), Batch("large", "stratified", (0, 1), "no fit of it is kept")]
    assert describe_kept(found, tmp_path) == [
        "encoders: nothing is trained",
        "  tiny: 2 cells, 0 done, 2 to take from the kept fits, in seconds",
        "  not run here, no fit of it is kept: large",
        "  to run one: write run: [large] under encoders in the configuration, or add --config 'encoders={run: [large]}' for one run",
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
    whole = math.ceil(minutes)
    assert line == (
        "  beyond the budget of minutes: tiny on stratified, kfold (1 seed); tiny-as-run on exact-sklearn (2 seeds); "
        f"to run all, in about {whole} min: write minutes: {whole} under encoders in the configuration, or add "
        f"--config 'encoders={{minutes: {whole}}}' for one run"
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
