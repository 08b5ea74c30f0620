COMPARISONS = collect("results/tables/comparisons.{format}", format=["csv", "md", "tex"])


rule estimate_comparisons:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=collect("results/outcomes/{split}.parquet", split=config["comparisons"]["schemes"]),
    output:
        COMPARISONS,
    log:
        "logs/estimate_comparisons.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        against=config["comparisons"]["against"],
        schemes=config["comparisons"]["schemes"],
        coverage=COVERAGE_KNOWN,
        coverage_digest=file_digest(COVERAGE_KNOWN),
        scripts=SCRIPTS,
        code=script_digest("estimate_comparisons.py"),
    message:
        "Comparing agents on the same rows"
    shell:
        "python {params.scripts}/estimate_comparisons.py --study {params.study:q} --results results"
        " --against {params.against} --schemes {params.schemes}"
        " --coverage {params.coverage:q} > {log} 2>&1"
