HARD_ROWS = collect("results/tables/hard_rows.{format}", format=["csv", "md", "tex"])
# What learns nothing here tells nothing: a reference reads no text, a rule was written with knowledge of the data, and a system that
# was trained elsewhere may know the rows.
JUDGES = [agent for agent in study.agents if study.learns(agent)]


rule list_hard_rows:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=f"results/outcomes/{config['hard_rows']['scheme']}.parquet",
    output:
        HARD_ROWS,
    log:
        "logs/list_hard_rows.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        scheme=config["hard_rows"]["scheme"],
        agents=JUDGES,
        scripts=SCRIPTS,
        code=script_digest("list_hard_rows.py"),
    message:
        "Listing rows to read"
    shell:
        "python {params.scripts}/list_hard_rows.py --study {params.study:q} --scheme {params.scheme} --agents {params.agents}"
        " --results results > {log} 2>&1"
