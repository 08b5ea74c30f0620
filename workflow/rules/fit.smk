rule fits:
    input:
        collect(
            "results/runs/{split}/{agent}/seed{seed}/predictions.parquet",
            split=study.schemes,
            agent=study.cheap_agents,
            seed=study.seeds,
        ),


# One job a split and agent: its seeds share one process, since imports cost more than a fit. The outputs are updated, not remade:
# the script keeps every cell whose inputs are unchanged, so one more seed costs one more fit.
rule fit_cells:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
        splits=expand("results/splits/{{split}}/seed{seed}.parquet", seed=study.seeds),
    output:
        predictions=update(expand("results/runs/{{split}}/{{agent}}/seed{seed}/predictions.parquet", seed=study.seeds)),
        records=update(expand("results/runs/{{split}}/{{agent}}/seed{seed}/run.json", seed=study.seeds)),
    log:
        "logs/fit_cells/{split}/{agent}.log",
    benchmark:
        "results/benchmarks/{split}/{agent}.jsonl"
    wildcard_constraints:
        agent="|".join(study.cheap_agents),
    conda:
        "../../envs/study.yaml"
    params:
        recipe=agent_recipe,
        inner_folds=config["inner_folds"],
        seeds=study.seeds,
        vary_training=as_json("training" in config["vary"]),
        scripts=SCRIPTS,
        code=agent_code,
    message:
        "Training {wildcards.agent} on {wildcards.split}"
    shell:
        "python {params.scripts}/fit_cells.py --sections {input.sections} --provenance {input.provenance}"
        " --splits results/splits/{wildcards.split} --split {wildcards.split} --agent {wildcards.agent}"
        " --recipe {params.recipe:q} --inner-folds {params.inner_folds} --seeds {params.seeds}"
        " --vary-training {params.vary_training} --code {params.code}"
        " --output results/runs/{wildcards.split}/{wildcards.agent}"
        " --staging results/.staging/{wildcards.split}/{wildcards.agent} > {log} 2>&1"
