from mirage.encoders.plan import EXTERNAL as EXTERNAL_SPLIT
from mirage.encoders.recipe import LAST
from mirage.splits.facts import FIXED_OPTIONS
from mirage.supplement_place import local_file

# The supplementary set is not in reach of everyone. The fits then find no row to test and end at once, and the table says why it is
# empty; so it is one job, not the plan, that knows.
# As many fits as on a scheme with a fixed test set.
FIXED_LIKE = EXTERNAL_SPLIT
EXTERNAL = collect("results/tables/external.{format}", format=["csv", "md", "tex"])
EXTERNAL_ENCODERS = {
    agent: row for agent, row in study.encoder_grid.items() if row["seeds"] and not ENCODERS[agent].get("mode")
}
if study.takes_kept:
    EXTERNAL_ENCODERS = {
        agent: {**row, "reason": row["reason"] or "no fit for these laws is kept"} for agent, row in EXTERNAL_ENCODERS.items()
    }
EXTERNAL_ENCODERS_HERE = {agent: row for agent, row in EXTERNAL_ENCODERS.items() if row["reason"] is None}
EXTERNAL_SECTIONS = shared("results/external/sections.parquet")
EXTERNAL_RECORD = shared("results/external/sections.json")
EXTERNAL_CHEAP = {agent: {"seeds": study.seeds, "selection": LAST, "reason": None} for agent in CHEAP_AGENTS}
# Agent by agent and seed by seed, whichever of them one job makes.
EXTERNAL_ENCODER_OUTCOMES = [
    shared(f"results/external/outcomes/encoder-{FIT_NAME}.parquet".format(agent=agent, seed=seed))
    for agent in EXTERNAL_ENCODERS_HERE
    for seed in (ENCODER_SEEDS if study.in_jobs else [None])
]


rule fetch_supplement:
    input:
        sections=SECTIONS,
        provenance=PROVENANCE,
    output:
        sections=EXTERNAL_SECTIONS,
        record=EXTERNAL_RECORD,
    log:
        "logs/fetch_supplement.log",
    conda:
        "../../envs/study.yaml"
    params:
        data=in_json(config["data"]),
        # A file that comes to be there, or goes, makes the job run again.
        file=in_json(local_file(config["data"], os.environ)),
        scripts=SCRIPTS,
        code=script_digest("fetch_supplement.py"),
    message:
        "Fetching the supplementary set"
    shell:
        "python {params.scripts}/fetch_supplement.py --data {params.data:q} --sections {input.sections}"
        " --provenance {input.provenance} --output {output.sections} --record {output.record} 2>&1 | tee {log} >&2"


EXTERNAL_SPLITS = f"results/external/splits/{SPLIT_NAME.replace('{split}', 'external')}.parquet"


rule split_external:
    input:
        sections=EXTERNAL_SECTIONS,
    output:
        shared(EXTERNAL_SPLITS),
    log:
        f"logs/split_external{SPLIT_NAME.removeprefix('{split}')}.log",
    conda:
        "../../envs/study.yaml"
    params:
        options=in_json(study.options_named(FIXED_OPTIONS)),
        seeds=split_seeds,
        scripts=SCRIPTS,
        code=script_digest("split_external.py"),
    message:
        "Splitting for the supplementary set"
    shell:
        "python {params.scripts}/split_external.py --sections {input.sections} --seeds {params.seeds} --options {params.options:q}"
        " --output {output} > {log} 2>&1"


# The runs themselves stay in results/external/runs, undeclared: there are none without the supplementary set, and the fitting scripts
# keep every cell whose inputs are unchanged.
rule fit_external:
    input:
        sections=EXTERNAL_SECTIONS,
        record=EXTERNAL_RECORD,
        provenance=PROVENANCE,
        splits=shared(list(dict.fromkeys(expand(EXTERNAL_SPLITS, seed=study.seeds)))),
    output:
        "results/external/outcomes/cheap.parquet",
    log:
        "logs/fit_external/cheap.log",
    conda:
        "../../envs/study.yaml"
    params:
        plan=in_json(EXTERNAL_CHEAP),
        agents=in_json(CHEAP_AGENTS),
        inner_folds=config["inner_folds"],
        seeds=study.seeds,
        vary_training=in_json("training" in config["vary"]),
        own_code=OWN_CODE,
        scripts=SCRIPTS,
        code=script_digest("fit_external.py"),
    message:
        "Training the agents that are cheap for the supplementary set"
    shell:
        "python {params.scripts}/fit_external.py --record {input.record} --sections {input.sections} --plan {params.plan:q}"
        " --runs results/external/runs --outcomes {output} -- {params.scripts}/fit_cells.py --sections {input.sections}"
        " --provenance {input.provenance} --splits {input.splits} --split external --agents {params.agents:q}"
        " --inner-folds {params.inner_folds} --seeds {params.seeds} --vary-training {params.vary_training}"
        " --own-code {params.own_code:q} --output results/external/runs --store results/.cells/external > {log} 2>&1"


rule fit_encoder_external:
    input:
        sections=EXTERNAL_SECTIONS,
        record=EXTERNAL_RECORD,
        provenance=PROVENANCE,
        splits=shared(list(dict.fromkeys(expand(EXTERNAL_SPLITS, seed=FIT_SEEDS)))),
    output:
        shared(f"results/external/outcomes/encoder-{FIT_NAME}.parquet"),
    log:
        shared(f"logs/fit_external/{FIT_NAME}.log"),
    wildcard_constraints:
        agent=names_pattern(EXTERNAL_ENCODERS_HERE),
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        gpu=encoder_resource("gpu", like=FIXED_LIKE),
        gpu_model=encoder_card,
        mem_mb=encoder_resource("mem_mb", like=FIXED_LIKE),
        runtime=encoder_resource("runtime", like=FIXED_LIKE),
    params:
        plan=external_plan,
        recipe=encoder_recipe,
        options=in_json(fit_options(config)),
        seeds=fit_seeds,
        vary_training=in_json("training" in config["vary"]),
        scripts=SCRIPTS,
        code=script_digest("fit_external.py"),
        fit_code=script_digest("fit_encoder.py"),
    message:
        "Fine-tuning {wildcards.agent} for the supplementary set"
    shell:
        "python {params.scripts}/fit_external.py --record {input.record} --sections {input.sections} --plan {params.plan:q}"
        " --runs results/external/runs --outcomes {output} -- {params.scripts}/fit_encoder.py --sections {input.sections}"
        " --provenance {input.provenance} --splits {input.splits} --split external"
        " --agent {wildcards.agent} --recipe {params.recipe:q} --options {params.options:q} --seeds {params.seeds}"
        " --threads {threads} --vary-training {params.vary_training} --code {params.fit_code} --output results/external/runs"
        " --store results/.cells/external --cache results/.cache/tokens > {log} 2>&1"


rule estimate_external:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        sections=EXTERNAL_SECTIONS,
        record=EXTERNAL_RECORD,
        outcomes=[
            "results/external/outcomes/cheap.parquet",
            *EXTERNAL_ENCODER_OUTCOMES,
        ],
    output:
        tabled(EXTERNAL),
    log:
        "logs/estimate_external.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        planned=in_json(EXTERNAL_CHEAP | EXTERNAL_ENCODERS),
        coverage=COVERAGE_KNOWN,
        coverage_digest=file_digest(COVERAGE_KNOWN),
        scripts=SCRIPTS,
        code=script_digest("estimate_external.py"),
    message:
        "Estimating recall on the supplementary set"
    shell:
        "python {params.scripts}/estimate_external.py --study {params.study:q} --planned {params.planned:q} --results results"
        " --outcomes {input.outcomes}"
        " --coverage {params.coverage:q} > {log} 2>&1"
