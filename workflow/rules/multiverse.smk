rule run_multiverse:
    input:
        sections="results/data/sections.parquet",
        splits=[
            *split_files(config["multiverse"]["random"], multiverse_seeds()),
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
        seeds=multiverse_seeds(),
        scripts=SCRIPTS,
        code=script_digest("run_multiverse.py"),
    message:
        "Fitting every setting of the multiverse"
    shell:
        "python {params.scripts}/run_multiverse.py --sections {input.sections:q} --splits {input.splits:q} --seeds {params.seeds:q}"
        " --options {params.options:q} --output {output:q} > {log:q} 2>&1"
