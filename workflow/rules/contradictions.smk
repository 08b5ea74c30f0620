# Included after the tables that the findings speak of.
CONTRADICTIONS = collect("results/tables/contradictions.{format}", format=["csv", "md", "tex"])
CONTRADICTIONS_KNOWN = f"{RESOURCES}/contradictions.csv"
# Published splits of one fold each, whose test rows can be held against each other.
COMPARED_SPLITS = [split for split in ("exact-datasets", "exact-sklearn") if split in study.schemes]


rule list_contradictions:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        tables=[path for path in ALL_TABLES if path.endswith(".csv")],
        splits=split_files(COMPARED_SPLITS, [0]),
    output:
        tabled(CONTRADICTIONS),
    log:
        "logs/list_contradictions.log",
    conda:
        "../../envs/study.yaml"
    params:
        contradictions=CONTRADICTIONS_KNOWN,
        contradictions_digest=file_digest(CONTRADICTIONS_KNOWN),
        scripts=SCRIPTS,
        code=script_digest("list_contradictions.py"),
    message:
        "Holding the sources against each other"
    shell:
        "python {params.scripts}/list_contradictions.py --contradictions {params.contradictions:q} --tables {input.tables}"
        " --splits {input.splits} --results results > {log} 2>&1"
