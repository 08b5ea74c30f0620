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


rule draw_multiverse:
    input:
        runs="results/multiverse.parquet",
        table="results/tables/multiverse.csv",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/multiverse.svg",
            caption="../report/figures/multiverse.rst",
            category="Figures",
            labels={"figure": "multiverse"},
        ),
        png="results/figures/multiverse.png",
    log:
        "logs/draw_multiverse.log",
    conda:
        "../../envs/study.yaml"
    params:
        scripts=SCRIPTS,
        code=script_digest("draw_multiverse.py"),
    message:
        "Drawing multiverse"
    shell:
        "python {params.scripts}/draw_multiverse.py --runs {input.runs} --table {input.table} --provenance {input.provenance}"
        " --svg {output.svg} --png {output.png} > {log} 2>&1"
