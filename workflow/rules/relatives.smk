from mirage.analyses.schemes import random_schemes

RELATIVES_ON = random_schemes(study.schemes, study.facts)
RELATIVES = collect("results/tables/relatives.{format}", format=["csv", "md", "tex"]) if RELATIVES_ON else []


rule estimate_relatives:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=collect("results/outcomes/{split}.parquet", split=RELATIVES_ON),
        splits=split_files(RELATIVES_ON),
    output:
        collect("results/tables/relatives.{format}", format=["csv", "md", "tex"]),
    log:
        "logs/estimate_relatives.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        coverage=COVERAGE_KNOWN,
        coverage_digest=file_digest(COVERAGE_KNOWN),
        scripts=SCRIPTS,
        code=script_digest("estimate_relatives.py"),
    message:
        "Estimating with and without relatives in training"
    shell:
        "python {params.scripts}/estimate_relatives.py --study {params.study:q} --results results"
        " --splits {input.splits} --coverage {params.coverage:q} > {log} 2>&1"
