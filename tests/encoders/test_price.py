import json
import re
from pathlib import Path

import pytest
import yaml

from known_schemes import SCHEMES as KNOWN
from mirage.encoders.places import HF_JOBS, PACK, card, hardware_at
from mirage.encoders.plan import Machine, batches
from mirage.encoders.price import describe_jobs, price, prices
from mirage.errors import StudyError
from mirage.study import Study, fill_defaults

ROOT = Path(__file__).parents[2]

JOB = {"gpu": 1, "mem_mb": 2000, "runtime": 30}
OPTIONS = {"run": "all", "schemes": ["stratified", "kfold"], "seeds": 2}
SCHEMES = ["stratified", "kfold"]


@pytest.fixture
def agents(entry):
    small = {key: value for key, value in entry.items() if key != "as_run"} | {"millions": 20}
    return {"small": small, "large": small | {"millions": 149}}


def test_a_job_is_priced_by_the_started_minute_on_the_cheapest_card_that_fits(agents):
    # An L4 is 0.80 dollars an hour: 1.7 min of fitting are 7 started minutes after 5 of installing, 4 after 1.5 of starting from an
    # image; the limit is 30 and 10.
    found = price(agents["large"], JOB, 1.7)
    assert found.flavor == "l4x1"
    assert found.installing == pytest.approx(7 * 0.80 / 60)
    assert found.from_image == pytest.approx(4 * 0.80 / 60)
    assert found.most == pytest.approx(40 * 0.80 / 60)
    assert price(agents["small"], JOB, 1.5).flavor == "t4-small"


def test_more_memory_than_any_flavor_has_is_refused_in_one_line(agents):
    with pytest.raises(StudyError, match=r"^hf-jobs: no flavor fits .*mem_mb=9000000"):
        price(agents["large"], JOB | {"mem_mb": 9_000_000}, 1)


def test_only_jobs_ask_for_a_card(agents):
    assert (card(agents["small"], HF_JOBS), card(agents["large"], HF_JOBS)) == ("T4", "L4")
    assert card(agents["large"], "here") == ""


def test_the_plan_prices_what_is_missing_and_takes_time_from_gpu_runs_alone(agents, tmp_path):
    def done(agent, split, seed, kind, seconds):
        folder = tmp_path / f"runs/{split}/{agent}/seed{seed}"
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"seconds": seconds, "folds": [{}], "device": {"kind": kind}}))

    done("large", "stratified", 0, "cuda", 120)
    done("small", "stratified", 0, "cpu", 6000)
    done("small", "stratified", 1, "cpu", 6000)
    found = batches(agents, OPTIONS, SCHEMES, Machine(hardware_at(HF_JOBS)))
    lines = describe_jobs(found, agents, 5, KNOWN, tmp_path)
    # Left of large: three cells of a fit, two of them for the supplementary rows, and two of five fits. In one job they are 13 fits of
    # 2 min, 5 times 0.3 min of loading and 5 min of installing.
    assert lines[2] == f"  large: 6 cells, 1 done, 5 to send to l4x1, about 2.0 min a fit, ${33 * 0.80 / 60:.2f} in all"
    assert lines[1].startswith("  small: 6 cells, 2 done, 4 to send to t4-small, about 0.")
    assert lines[3].startswith("  2 jobs, ")
    assert "for 5 min of starting and installing each" in lines[4]
    assert "(envs/Dockerfile)" in lines[5]
    installing, from_image, most = (float(line.split("$")[1].split(",")[0]) for line in lines[4:7])
    assert from_image < installing < most

    # One job a cell: three of 5 + 2 + 0.3 min, two of 5 + 10 + 0.3 min.
    alone = describe_jobs(found, agents, 5, KNOWN, tmp_path, pack=1)
    assert alone[2].endswith(f"${(3 * 8 + 2 * 16) * 0.80 / 60:.2f} in all")
    assert alone[3].startswith("  9 jobs, ")


def test_time_limits_of_cells_that_share_a_job_add_up_and_the_share_of_the_start_is_told(agents):
    together, alone = prices(agents["large"], [1, 1, 1], 2.0, 200), prices(agents["large"], [1, 1, 1], 2.0, 1)
    assert [len(together), len(alone), len(prices(agents["large"], [1, 1, 1], 2.0, 2))] == [1, 3, 2]
    # Beside what the cells are allowed, each job has 10 min to install and store.
    assert together[0].most == pytest.approx(sum(job.most for job in alone) - 2 * 10 * 0.80 / 60)
    assert together[0].minutes == pytest.approx(3 * 2.3)


def test_the_share_of_the_start_is_that_of_all_paid_minutes(agents, tmp_path):
    measured = tmp_path / "runs/stratified/large/seed9"
    measured.mkdir(parents=True)
    (measured / "run.json").write_text(json.dumps({"seconds": 102, "folds": [{}], "device": {"kind": "cuda"}}))
    found = batches({"large": agents["large"]}, OPTIONS | {"schemes": ["stratified"]}, SCHEMES, Machine(hardware_at(HF_JOBS)))
    lines = describe_jobs(found, agents, 5, KNOWN, tmp_path)
    # Four cells, with those for the supplementary rows, of 1.7 + 0.3 min: 8 min after 5, or after 1.5.
    assert "of which 38% for 5 min of starting and installing each" in lines[3]
    assert "of which 16% for 1.5 min of starting each" in lines[4]


def test_nothing_missing_costs_nothing(agents, tmp_path):
    for split in SCHEMES:
        for seed in (0, 1):
            for agent in agents:
                for made in (
                    f"runs/{split}/{agent}/seed{seed}/run.json",
                    f"external/outcomes/encoder-{agent}/seed{seed}.parquet",
                ):
                    (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
                    (tmp_path / made).write_text("{}")
    lines = describe_jobs(batches(agents, OPTIONS, SCHEMES, Machine(hardware_at(HF_JOBS))), agents, 5, KNOWN, tmp_path)
    assert lines[1:] == ["  small: 6 cells, 6 done, 0 to send", "  large: 6 cells, 6 done, 0 to send"]


def test_the_document_has_the_prices_of_the_published_grid_as_the_plan_says_them(tmp_path):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["encoders"] |= {"run": "all", "where": HF_JOBS}
    fill_defaults(config)
    study = Study.from_config(config)
    told = (ROOT / "docs/hf-jobs.md").read_text()
    for pack in (1, PACK):
        lines = describe_jobs(study.encoder_batches, config["agents"], config["split"]["folds"], study.facts, tmp_path, pack)
        jobs, installing, from_image, most = lines[-4:]
        row = next(line for line in told.splitlines() if f"| {jobs.split()[0]} |" in line).replace("**", "")
        for line in (installing, from_image):
            assert f"{re.search(r'[$][0-9.]+', line)[0]}, {re.search(r'[0-9]+%', line)[0].replace('%', ' %')}" in row
        assert f"${float(re.search(r'[$]([0-9.]+)', most)[1]):.0f} |" in row
