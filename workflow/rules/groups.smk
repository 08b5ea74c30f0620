GROUPS_ON = list(dict.fromkeys([config["groups"]["scheme"], config["groups"]["held_out"]]))
GROUPS = collect("results/tables/{table}.{format}", table=["groups", "calibration"], format=["csv", "md", "tex"])

RELIABILITY = collect("results/figures/reliability.{format}", format=["svg", "png"])


rule estimate_groups:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=collect("results/outcomes/{split}.parquet", split=GROUPS_ON),
    output:
        GROUPS,
    log:
        "logs/estimate_groups.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        options=in_json(config["groups"]),
        coverage=COVERAGE_KNOWN,
        coverage_digest=file_digest(COVERAGE_KNOWN),
        scripts=SCRIPTS,
        code=script_digest("estimate_groups.py"),
    message:
        "Estimating by source and decade, and calibration"
    shell:
        "python {params.scripts}/estimate_groups.py --study {params.study:q} --options {params.options:q} --results results"
        ""
        " --coverage {params.coverage:q} > {log} 2>&1"
