# Made only where the study has the splits that the published gap was measured on, and a random one.
HAS_MULTIVERSE = {config["multiverse"][side] for side in ("random", "published", "held_out")} <= set(study.schemes)
MULTIVERSE = collect("results/tables/multiverse.{format}", format=["csv", "md", "tex"]) if HAS_MULTIVERSE else []
MULTIVERSE_FIGURE = collect("results/figures/multiverse.{format}", format=["svg", "png"]) if HAS_MULTIVERSE else []


rule run_multiverse:
    input:
        sections="results/data/sections.parquet",
        splits=[
            *split_files(config["multiverse"]["random"]),
            *split_files([config["multiverse"][side] for side in ("published", "held_out")], [0]),
        ],
    output:
        "results/multiverse.parquet",
    log:
        "logs/run_multiverse.log",
    benchmark:
        "results/benchmarks/multiverse.jsonl"
    conda:
        "../../envs/study.yaml"
    threads: 1
    params:
        options=in_json(config["multiverse"]),
        seeds=study.seeds,
        scripts=SCRIPTS,
        code=script_digest("run_multiverse.py"),
    message:
        "Fitting every setting of the multiverse"
    shell:
        "python {params.scripts}/run_multiverse.py --sections {input.sections} --splits {input.splits} --seeds {params.seeds}"
        " --options {params.options:q} --output {output} > {log} 2>&1"


rule estimate_multiverse:
    input:
        provenance="results/data/sections.json",
        runs="results/multiverse.parquet",
    output:
        tabled(expand("results/tables/multiverse.{format}", format=["csv", "md", "tex"])),
    log:
        "logs/estimate_multiverse.log",
    conda:
        "../../envs/study.yaml"
    params:
        options=in_json(config["multiverse"]),
        recipe=in_json(study.recipe(config["multiverse"]["agent"])),
        published=PUBLISHED,
        published_digest=file_digest(PUBLISHED),
        scripts=SCRIPTS,
        code=script_digest("estimate_multiverse.py"),
    message:
        "Placing the published gap among those of all settings"
    shell:
        "python {params.scripts}/estimate_multiverse.py --options {params.options:q} --recipe {params.recipe:q}"
        " --results results --published {params.published:q} > {log} 2>&1"
