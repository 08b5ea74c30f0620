PUBLISHED_COUNTS = f"{RESOURCES}/published_counts.csv"
FIXED_SPLITS = config["variance"]["fixed"]
VARIANCE = collect(
    "results/tables/{table}.{format}",
    table=["variance", *(["published"] if IS_PUBLISHED else [])],
    format=["csv", "md", "tex"],
)


rule estimate_variance:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        # The predictions of every epoch, which only encoders have.
        epochs=[
            f"results/runs/{batch.split}/{batch.agent}/seed{seed}/predictions.parquet"
            for batch in ENCODER_BATCHES
            if batch.split in (config["gap"]["reference"], *FIXED_SPLITS)
            for seed in batch.seeds
        ],
    output:
        tabled(VARIANCE),
    log:
        "logs/estimate_variance.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        fixed=FIXED_SPLITS,
        vary=config["vary"],
        published=PUBLISHED,
        published_digest=file_digest(PUBLISHED),
        counts=PUBLISHED_COUNTS,
        counts_digest=file_digest(PUBLISHED_COUNTS),
        coverage=COVERAGE_KNOWN,
        coverage_digest=file_digest(COVERAGE_KNOWN),
        scripts=SCRIPTS,
        code=script_digest("estimate_variance.py"),
    message:
        "Estimating where the spread of F1 comes from"
    shell:
        "python {params.scripts}/estimate_variance.py --study {params.study:q} --results results --fixed {params.fixed}"
        " --vary {params.vary} --published {params.published:q} --counts {params.counts:q}"
        " --coverage {params.coverage:q} > {log} 2>&1"
