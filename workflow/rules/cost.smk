COST = collect("results/cost/cost.{format}", format=["csv", "md", "tex"])
COST_FIGURE = collect("results/figures/cost.{format}", format=["svg", "png"])

PRICES = os.path.relpath(f"{BASE}/workflow/resources/prices.csv")

RUN_GRID = {agent: {"schemes": study.schemes, "seeds": study.seeds} for agent in CHEAP_AGENTS} | {
    agent: {"schemes": grid["schemes"], "seeds": grid["seeds"]}
    for agent, grid in study.encoder_grid.items()
    if not grid["reason"]
}


# Beside the tables and not among them: time differs from run to run, and a table of the study does not.
rule estimate_cost:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
    output:
        COST,
    log:
        "logs/estimate_cost.log",
    conda:
        "../../envs/study.yaml"
    params:
        cells=in_json(RUN_GRID),
        titles=in_json(study.titles),
        scripts=SCRIPTS,
        code=script_digest("estimate_cost.py"),
    message:
        "Adding up what the runs cost"
    shell:
        "python {params.scripts}/estimate_cost.py --cells {params.cells:q} --titles {params.titles:q} --results results"
        " > {log} 2>&1"
