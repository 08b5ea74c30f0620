rule fits:
    input:
        collect(
            "results/runs/{split}/{agent}/seed{seed}/predictions.parquet",
            split=study.schemes,
            agent=study.cheap_agents,
            seed=study.seeds,
        ),


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


# Nothing is trained: the predictions of the test rows are taken from the systems' own files, whose digests are among the recipes.
if GIVEN:

    rule take_predictions:
        input:
            sections=SECTIONS,
            provenance=PROVENANCE,
            splits=shared(expand("results/splits/{{split}}/seed{seed}.parquet", seed=study.seeds)),
        output:
            predictions=update(
                expand("results/runs/{{split}}/{agent}/seed{seed}/predictions.parquet", agent=GIVEN, seed=study.seeds)
            ),
            records=update(expand("results/runs/{{split}}/{agent}/seed{seed}/run.json", agent=GIVEN, seed=study.seeds)),
        log:
            "logs/take_predictions/{split}.log",
        conda:
            "../../envs/study.yaml"
        params:
            agents=in_json(GIVEN),
            seeds=study.seeds,
            scripts=SCRIPTS,
            code=script_digest("take_predictions.py"),
        message:
            "Taking given predictions on {wildcards.split}"
        shell:
            "python {params.scripts}/take_predictions.py --sections {input.sections} --provenance {input.provenance}"
            " --splits results/splits/{wildcards.split} --split {wildcards.split} --agents {params.agents:q}"
            " --seeds {params.seeds} --code {params.code} --output results/runs/{wildcards.split}"
            " --staging results/.staging/{wildcards.split}/given > {log} 2>&1"
