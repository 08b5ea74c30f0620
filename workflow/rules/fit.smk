rule fits:
    input:
        [
            f"results/runs/{split}/{agent}/seed{seed}/predictions.parquet"
            for split in study.schemes
            for agent, seeds in study.cheap_on(split).items()
            for seed in seeds
        ],


# One job a split: its agents and seeds share one process, since imports and counting words cost more than a fit. The outputs are
# added to, not remade: the script keeps every cell whose inputs are unchanged, so one more seed or agent costs its own fits alone.
rule fit_cells:
    input:
        sections=SECTIONS,
        provenance=PROVENANCE,
        splits=shared(expand("results/splits/{{split}}/seed{seed}.parquet", seed=study.seeds)),
    output:
        predictions=update(
            expand("results/runs/{{split}}/{agent}/seed{seed}/predictions.parquet", agent=CHEAP_AGENTS, seed=study.seeds)
        ),
        records=update(expand("results/runs/{{split}}/{agent}/seed{seed}/run.json", agent=CHEAP_AGENTS, seed=study.seeds)),
    log:
        "logs/fit_cells/{split}.log",
    benchmark:
        "results/benchmarks/{split}/cheap.jsonl"
    conda:
        "../../envs/study.yaml"
    params:
        agents=in_json(CHEAP_AGENTS),
        inner_folds=inner_folds,
        seeds=study.seeds,
        vary_training=in_json("training" in config["vary"]),
        scripts=SCRIPTS,
    message:
        "Training the agents that are cheap on {wildcards.split}"
    shell:
        "python {params.scripts}/fit_cells.py --sections {input.sections} --provenance {input.provenance}"
        " --splits results/splits/{wildcards.split} --split {wildcards.split}"
        " --agents {params.agents:q} --inner-folds {params.inner_folds} --seeds {params.seeds}"
        " --vary-training {params.vary_training} --output results/runs/{wildcards.split}"
        " --staging results/.staging/{wildcards.split}/cheap > {log} 2>&1"


# Nothing is trained: the predictions of the test rows are taken from a system's own file, whose digest is in its recipe. One rule an
# agent, since a file may have other splits and seeds than another.
for agent, cells in GIVEN_CELLS.items():

    rule:
        name:
            f"take_predictions_{agent}"
        input:
            sections=SECTIONS,
            provenance=PROVENANCE,
            splits=shared(expand("results/splits/{{split}}/seed{seed}.parquet", seed=cells["seeds"])),
        output:
            predictions=update(
                expand("results/runs/{{split}}/{agent}/seed{seed}/predictions.parquet", agent=agent, seed=cells["seeds"])
            ),
            records=update(expand("results/runs/{{split}}/{agent}/seed{seed}/run.json", agent=agent, seed=cells["seeds"])),
        log:
            f"logs/take_predictions/{{split}}/{agent}.log",
        wildcard_constraints:
            split="|".join(cells["schemes"]),
        conda:
            "../../envs/study.yaml"
        params:
            agents=in_json({agent: GIVEN[agent]}),
            definitions=in_json(study.definitions),
            seeds=cells["seeds"],
            staging=agent,
            scripts=SCRIPTS,
            code=script_digest("take_predictions.py"),
        message:
            f"Taking the predictions of {agent} on {{wildcards.split}}"
        shell:
            "python {params.scripts}/take_predictions.py --sections {input.sections} --provenance {input.provenance}"
            " --splits results/splits/{wildcards.split} --split {wildcards.split} --agents {params.agents:q}"
            " --definitions {params.definitions:q} --seeds {params.seeds} --code {params.code}"
            " --output results/runs/{wildcards.split} --staging results/.staging/{wildcards.split}/{params.staging} > {log} 2>&1"
