POWER = collect("results/tables/power.{format}", format=["csv", "md", "tex"]) if study.held_out_groups else []


rule estimate_power:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=collect("results/outcomes/{split}.parquet", split=study.held_out_groups),
    output:
        collect("results/tables/power.{format}", format=["csv", "md", "tex"]),
    log:
        "logs/estimate_power.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        schemes=study.held_out_groups,
        scripts=SCRIPTS,
        code=script_digest("estimate_power.py"),
    message:
        "Estimating what drops the data could show"
    shell:
        "python {params.scripts}/estimate_power.py --study {params.study:q} --schemes {params.schemes:q} --results results > {log} 2>&1"
