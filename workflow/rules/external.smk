from mirage.encoders.plan import EXTERNAL as EXTERNAL_SPLIT
from mirage.splits.facts import FIXED_OPTIONS
from on_the_books import external_plan
from on_the_books.supplement_place import local_file

# The supplementary set is not in reach of everyone. Then nothing is fitted, and the table says why it is empty; so it is one job, not
# the plan, that knows.
# As many fits as on a scheme with a fixed test set.
FIXED_LIKE = EXTERNAL_SPLIT
EXTERNAL_ENCODERS_HERE = external_plan.encoders_here(study)
EXTERNAL_SECTIONS = shared(f"results/{external_plan.SECTIONS}")
EXTERNAL_RECORD = shared(f"results/{external_plan.RECORD}")


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
        data=in_json(DATA),
        # A file that comes to be there, or goes, makes the job run again.
        file=in_json(local_file(config["data"], os.environ)),
        scripts=SCRIPTS,
        code=script_digest("fetch_supplement.py"),
    message:
        "Fetching the supplementary set"
    shell:
        "python {params.scripts}/fetch_supplement.py --data {params.data:q} --sections {input.sections:q}"
        " --provenance {input.provenance:q} --output {output.sections:q} --record {output.record:q} > {log:q} 2>&1"


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
        "python {params.scripts}/split_external.py --sections {input.sections:q} --seeds {params.seeds:q} --options {params.options:q}"
        " --output {output:q} > {log:q} 2>&1"


# The runs themselves stay in results/external/runs, undeclared: there are none without the supplementary set, and the fitting scripts
# keep every cell whose inputs are unchanged. No threshold is chosen on training rows: agents are compared at 0.5 and by rank.
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
        plan=in_json(external_plan.cheap(study)),
        agents=in_json(CHEAP_AGENTS),
        seeds=study.seeds,
        vary_training=in_json("training" in config["vary"]),
        own_code=as_is(OWN_CODE),
        scripts=SCRIPTS,
        code=script_digest("fit_external.py"),
    message:
        "Training the agents that are cheap for the supplementary set"
    shell:
        "python {params.scripts}/fit_external.py --record {input.record:q} --sections {input.sections:q} --plan {params.plan:q}"
        " --runs results/external/runs --outcomes {output:q} -- {params.scripts}/fit_cells.py --sections {input.sections:q}"
        " --provenance {input.provenance:q} --splits {input.splits:q} --split external --agents {params.agents:q}"
        " --inner-folds 0 --seeds {params.seeds:q} --vary-training {params.vary_training:q}"
        " --own-code {params.own_code:q} --output results/external/runs --store results/.cells/external > {log:q} 2>&1"


rule fit_encoder_external:
    input:
        sections=EXTERNAL_SECTIONS,
        record=EXTERNAL_RECORD,
        provenance=PROVENANCE,
        splits=shared(list(dict.fromkeys(expand(EXTERNAL_SPLITS, seed="{seed}")))),
    output:
        shared("results/external/outcomes/encoder-{agent}/seed{seed}.parquet"),
    log:
        shared("logs/fit_external/{agent}/seed{seed}.log"),
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
        seed=fit_seed,
        vary_training=in_json("training" in config["vary"]),
        scripts=SCRIPTS,
        code=script_digest("fit_external.py"),
        fit_code=script_digest("fit_encoder.py"),
    message:
        "Fine-tuning {wildcards.agent} for the supplementary set with seed {wildcards.seed}"
    shell:
        "python {params.scripts}/fit_external.py --record {input.record:q} --sections {input.sections:q} --plan {params.plan:q}"
        " --runs results/external/runs --outcomes {output:q} -- {params.scripts}/fit_encoder.py --sections {input.sections:q}"
        " --provenance {input.provenance:q} --splits {input.splits:q} --split external"
        " --agent {wildcards.agent:q} --recipe {params.recipe:q} --options {params.options:q} --seeds {params.seed:q}"
        " --threads {threads} --vary-training {params.vary_training:q} --code {params.fit_code:q} --output results/external/runs"
        " --store results/.cells/external --cache results/.cache/tokens > {log:q} 2>&1"
