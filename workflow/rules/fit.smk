rule fits:
    input:
        [f"results/runs/{split}/{agent}/predictions.parquet" for split in study.schemes for agent in study.cheap_on(split)],


# One job a split: its agents and seeds share one process, since imports and counting words cost more than a fit. Every cell whose
# inputs are unchanged is taken from the store, so one more seed or agent costs its own fits alone.
rule fit_cells:
    input:
        sections=SECTIONS,
        provenance=PROVENANCE,
        splits=scheme_splits,
    output:
        expand("results/runs/{{split}}/{agent}/{file}", agent=CHEAP_AGENTS, file=RUN_FILES),
    log:
        "logs/fit_cells/{split}.log",
    benchmark:
        "results/benchmarks/{split}/cheap.jsonl"
    conda:
        "../../envs/study.yaml"
    params:
        agents=in_json(CHEAP_AGENTS),
        inner_folds=inner_folds,
        seeds=seeds_of,
        vary_training=in_json("training" in config["vary"]),
        own_code=as_is(OWN_CODE),
        scripts=SCRIPTS,
    message:
        "Training the agents that are cheap on {wildcards.split}"
    shell:
        "python {params.scripts}/fit_cells.py --sections {input.sections:q} --provenance {input.provenance:q}"
        " --splits {input.splits:q} --split {wildcards.split:q}"
        " --agents {params.agents:q} --inner-folds {params.inner_folds:q} --seeds {params.seeds:q}"
        " --vary-training {params.vary_training:q} --own-code {params.own_code:q} --output results/runs/{wildcards.split:q}"
        " --store results/.cells/{wildcards.split:q} > {log:q} 2>&1"


# Nothing is trained: the predictions of the test rows are taken from a system's own file, whose digest is in its recipe. One rule an
# agent, since a file may have other splits and seeds than another.
for agent, cells in GIVEN_CELLS.items():

    rule:
        name:
            f"take_predictions_{agent}"
        input:
            sections=SECTIONS,
            provenance=PROVENANCE,
            splits=given_splits(cells["seeds"]),
        output:
            expand("results/runs/{{split}}/{agent}/{file}", agent=agent, file=RUN_FILES),
        log:
            f"logs/take_predictions/{{split}}/{agent}.log",
        wildcard_constraints:
            split="|".join(cells["schemes"]),
        conda:
            "../../envs/study.yaml"
        params:
            agents=in_json({agent: GIVEN[agent]}),
            definitions=in_json(study.definitions),
            seeds=given_seeds(cells["seeds"]),
            scripts=SCRIPTS,
            code=script_digest("take_predictions.py"),
        message:
            f"Taking the predictions of {agent} on {{wildcards.split}}"
        shell:
            "python {params.scripts}/take_predictions.py --sections {input.sections:q} --provenance {input.provenance:q}"
            " --splits {input.splits:q} --split {wildcards.split:q} --agents {params.agents:q}"
            " --definitions {params.definitions:q} --seeds {params.seeds:q} --code {params.code:q}"
            " --output results/runs/{wildcards.split:q} --store results/.cells/{wildcards.split:q} > {log:q} 2>&1"
