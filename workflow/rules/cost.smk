COST_FIGURE = collect("results/figures/cost.{format}", format=["svg", "png"])

PRICES = os.path.relpath(f"{BASE}/workflow/resources/prices.csv")

RUN_GRID = {agent: {"schemes": study.schemes, "seeds": study.seeds} for agent in CHEAP_AGENTS} | {
    agent: {"schemes": grid["schemes"], "seeds": grid["seeds"]}
    for agent, grid in study.encoder_grid.items()
    if not grid["reason"]
}


rule draw_cost:
    input:
        table="results/cost/cost.csv",
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/cost.svg", caption="../report/figures/cost.rst", category="Figures", labels={"figure": "cost"}
        ),
        png="results/figures/cost.png",
    log:
        "logs/draw_cost.log",
    conda:
        "../../envs/study.yaml"
    params:
        titles=in_json([(agent, title) for agent, title in study.titles_run if agent in RUN_GRID]),
        prices=PRICES,
        prices_digest=file_digest(PRICES),
        scripts=SCRIPTS,
        code=script_digest("draw_cost.py"),
    message:
        "Drawing cost"
    shell:
        "python {params.scripts}/draw_cost.py --table {input.table} --prices {params.prices:q} --scores {input.scores}"
        " --provenance {input.provenance} --titles {params.titles:q} --svg {output.svg} --png {output.png} > {log} 2>&1"
