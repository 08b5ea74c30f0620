POWER = collect("results/tables/power.{format}", format=["csv", "md", "tex"])


rule estimate_power:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=collect(
            "results/outcomes/{split}.parquet", split=[scheme for scheme in study.schemes if scheme.startswith("source-")]
        ),
    output:
        POWER,
    log:
        "logs/estimate_power.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        scripts=SCRIPTS,
        code=script_digest("estimate_power.py"),
    message:
        "Estimating what drops the data could show"
    shell:
        "python {params.scripts}/estimate_power.py --study {params.study:q} --results results > {log} 2>&1"
