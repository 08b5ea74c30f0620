COVERAGE = collect("results/tables/coverage.{format}", format=["csv", "md", "tex"])
COVERAGE_OPTIONS = {key: value for key, value in config["coverage"].items() if key != "workers"}


# Not part of `all`: a simulation of minutes on several cores. Killed, it goes on from the last finished repetitions.
rule coverage:
    input:
        COVERAGE,


rule study_coverage:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
    output:
        COVERAGE,
    log:
        "logs/study_coverage.log",
    conda:
        "../../envs/study.yaml"
    threads: config["coverage"]["workers"]
    params:
        options=in_json({**COVERAGE_OPTIONS, "level": config["intervals"]["level"], "seed": config["intervals"]["seed"]}),
        scripts=SCRIPTS,
        code=script_digest("study_coverage.py"),
    message:
        "Simulating how often the intervals cover"
    shell:
        "python {params.scripts}/study_coverage.py --options {params.options:q} --results results --workers {threads} > {log} 2>&1"
