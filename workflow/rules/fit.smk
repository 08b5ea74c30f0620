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
        predictions=kept(
            expand("results/runs/{{split}}/{agent}/seed{seed}/predictions.parquet", agent=study.cheap_agents, seed=study.seeds)
        ),
        records=kept(expand("results/runs/{{split}}/{agent}/seed{seed}/run.json", agent=study.cheap_agents, seed=study.seeds)),
    log:
        "logs/fit_cells/{split}.log",
    benchmark:
        "results/benchmarks/{split}/cheap.jsonl"
    conda:
        "../../envs/study.yaml"
    params:
        agents=as_json(CHEAP_AGENTS),
        inner_folds=inner_folds,
        seeds=study.seeds,
        vary_training=as_json("training" in config["vary"]),
        scripts=SCRIPTS,
    message:
        "Training the agents that are cheap on {wildcards.split}"
    shell:
        "python {params.scripts}/fit_cells.py --sections {input.sections} --provenance {input.provenance}"
        " --splits results/splits/{wildcards.split} --split {wildcards.split}"
        " --agents {params.agents:q} --inner-folds {params.inner_folds} --seeds {params.seeds}"
        " --vary-training {params.vary_training} --output results/runs/{wildcards.split}"
        " --staging results/.staging/{wildcards.split}/cheap > {log} 2>&1"
