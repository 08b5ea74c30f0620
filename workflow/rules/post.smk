# The post's figures that need the study's own scores.
PUBLISHED_GRID = os.path.relpath(f"{BASE}/workflow/resources/published_grid.csv")

# Made only where the study has all of the post's evaluations.
EVALUATIONS = config.get("evaluations", {})
HAS_EVALUATIONS = EVALUATIONS and set(EVALUATIONS) <= set(study.schemes)
POST_FIGURES = collect(
    "results/figures/{figure}.{format}",
    figure=["agents_grid", *(["three_evaluations"] if HAS_EVALUATIONS else [])],
    format=["svg", "png"],
)


rule draw_three_evaluations:
    input:
        table="results/tables/f1.csv",
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/three_evaluations.svg",
            caption="../report/figures/three_evaluations.rst",
            category="Figures",
            labels={"figure": "three_evaluations"},
        ),
        png="results/figures/three_evaluations.png",
    log:
        "logs/draw_three_evaluations.log",
    conda:
        "../../envs/study.yaml"
    params:
        agent=config["headline"]["agent"],
        evaluations=in_json(list(EVALUATIONS.items())),
        level=config["intervals"]["level"],
        published=PUBLISHED,
        published_digest=file_digest(PUBLISHED),
        scripts=SCRIPTS,
        code=script_digest("draw_three_evaluations.py"),
    message:
        "Drawing three_evaluations"
    shell:
        "python {params.scripts}/draw_three_evaluations.py --table {input.table} --scores {input.scores}"
        " --published {params.published} --provenance {input.provenance} --agent {params.agent} --level {params.level}"
        " --evaluations {params.evaluations:q} --svg {output.svg} --png {output.png} > {log} 2>&1"


rule draw_agents_grid:
    input:
        models="results/tables/published.csv",
        table="results/tables/f1.csv",
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/agents_grid.svg",
            caption="../report/figures/agents_grid.rst",
            category="Figures",
            labels={"figure": "agents_grid"},
        ),
        png="results/figures/agents_grid.png",
    log:
        "logs/draw_agents_grid.log",
    conda:
        "../../envs/study.yaml"
    params:
        titles=in_json([(agent, title) for agent, title in study.titles_run if study.kind(agent) == "expression"]),
        grid=PUBLISHED_GRID,
        published=PUBLISHED,
        published_digests=[file_digest(PUBLISHED_GRID), file_digest(PUBLISHED)],
        scripts=SCRIPTS,
        code=script_digest("draw_agents_grid.py"),
    message:
        "Drawing agents_grid"
    shell:
        "python {params.scripts}/draw_agents_grid.py --grid {params.grid} --models {input.models} --published {params.published}"
        " --table {input.table} --scores {input.scores} --provenance {input.provenance} --titles {params.titles:q}"
        " --svg {output.svg} --png {output.png} > {log} 2>&1"
