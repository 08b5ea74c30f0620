from on_the_books import published_plan

PUBLISHED_MODELS = published_plan.models_here(study)
PUBLISHED_SPLITS = [published_plan.split_of(entry) for entry in PUBLISHED_MODELS.values()]


# Inference only. A model that is out of reach is a line in the table, and the next run tries again.
rule score_published:
    input:
        sections=EXTERNAL_SECTIONS,
        splits=[path for split in PUBLISHED_SPLITS for path in shared(split_files(split, [0]))],
    output:
        scores=f"results/{published_plan.SCORES}",
        record=f"results/{published_plan.RECORD}",
    log:
        "logs/score_published.log",
    conda:
        "../../envs/study.yaml"
    threads: 1
    params:
        models=in_json(PUBLISHED_MODELS),
        options=in_json({"device": config["encoders"]["device"], **config["checkpoints"]}),
        attempt=published_plan.attempt(Path(f"results/{published_plan.RECORD}")),
        scripts=SCRIPTS,
        code=script_digest("score_published.py"),
    message:
        "Scoring the models that the agents published"
    shell:
        "python {params.scripts}/score_published.py --sections {input.sections:q} --splits {input.splits:q}"
        " --models {params.models:q} --options {params.options:q} --threads {threads} --attempt {params.attempt:q}"
        " --output {output.scores:q} --record {output.record:q} > {log:q} 2>&1"
