if study.takes_kept:

    rule take_fits:
        input:
            splits=split_files("{split}", ENCODER_SEEDS),
        output:
            expand(
                "results/runs/{{split}}/{{agent}}/seed{seed}/{file}",
                seed=ENCODER_SEEDS,
                file=["predictions.parquet", "run.json"],
            ),
        log:
            "logs/take_fits/{split}/{agent}.log",
        wildcard_constraints:
            agent=names_pattern(ENCODERS),
        conda:
            "../../envs/study.yaml"
        params:
            kept=as_is(config["encoders"]["kept"]),
            digest=kept_digest,
            seeds=ENCODER_SEEDS,
            scripts=SCRIPTS,
            code=script_digest("take_fits.py"),
        message:
            "Taking the kept fits of {wildcards.agent} on {wildcards.split}"
        shell:
            "python {params.scripts}/take_fits.py --kept {params.kept:q} --agent {wildcards.agent:q} --split {wildcards.split:q}"
            " --splits {input.splits:q} --seeds {params.seeds:q} --output results/runs/{wildcards.split:q} > {log:q} 2>&1"

else:

    # One job a split, encoder and seed, so that fits fill the cores: loading is seconds of a fit of minutes. One thread, because the
    # number of threads decides the last bits of a result; on a GPU the job waits for a place on a card, whatever number of jobs runs.
    rule fit_encoder:
        input:
            sections=SECTIONS,
            provenance=PROVENANCE,
            splits=shared(split_files("{split}", ["{seed}"])),
        output:
            predictions=shared("results/runs/{split}/{agent}/seed{seed}/predictions.parquet"),
            records=shared("results/runs/{split}/{agent}/seed{seed}/run.json"),
        log:
            shared("logs/fit_encoder/{split}/{agent}/seed{seed}.log"),
        benchmark:
            shared("results/benchmarks/{split}/{agent}/seed{seed}.jsonl")
        wildcard_constraints:
            agent=names_pattern(ENCODERS),
        conda:
            "../../envs/study.yaml"
        threads: 1
        resources:
            gpu=encoder_resource("gpu"),
            gpu_model=encoder_card,
            mem_mb=encoder_resource("mem_mb"),
            runtime=encoder_resource("runtime"),
        params:
            recipe=encoder_recipe,
            options=in_json(fit_options(config)),
            seed=fit_seed,
            vary_training=in_json("training" in config["vary"]),
            scripts=SCRIPTS,
            code=script_digest("fit_encoder.py"),
        message:
            "Fine-tuning {wildcards.agent} on {wildcards.split} with seed {wildcards.seed}"
        shell:
            "python {params.scripts}/fit_encoder.py --sections {input.sections:q} --provenance {input.provenance:q}"
            " --splits {input.splits:q} --split {wildcards.split:q} --agent {wildcards.agent:q}"
            " --recipe {params.recipe:q} --options {params.options:q} --seeds {params.seed:q} --threads {threads}"
            " --vary-training {params.vary_training:q} --code {params.code:q}"
            " --output results/runs/{wildcards.split:q}"
            " --store results/.cells/{wildcards.split:q} --cache results/.cache/tokens > {log:q} 2>&1"
