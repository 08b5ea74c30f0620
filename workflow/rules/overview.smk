OVERVIEW = collect("results/tables/overview.{format}", format=["csv", "md", "tex"])
# Held-out schemes of one source each, and the scheme that tests its rows with the source in training.
OVERVIEW_ON = [scheme for scheme in config["gap"]["held_out"] if study.facts[scheme].holds_groups_out]
OVERVIEW_SEEN = [config["groups"]["scheme"]] if "groups" in config else []


rule estimate_overview:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        tables=collect("results/tables/{table}.csv", table=["f1", "gap"]),
        outcomes=collect("results/outcomes/{split}.parquet", split=dict.fromkeys([*OVERVIEW_SEEN, *OVERVIEW_ON])),
    output:
        tabled(OVERVIEW),
    log:
        "logs/estimate_overview.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        seen=[f"--seen {scheme}" for scheme in OVERVIEW_SEEN],
        min_rows=config.get("groups", {}).get("min_rows", 20),
        scripts=SCRIPTS,
        code=script_digest("estimate_overview.py"),
    message:
        "Gathering the table to read first"
    shell:
        "python {params.scripts}/estimate_overview.py --study {params.study:q} --outcomes {input.outcomes} {params.seen}"
        " --min-rows {params.min_rows} --results results > {log} 2>&1"
