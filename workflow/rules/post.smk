# The post's figures that need the study's own scores.
PUBLISHED_GRID = os.path.relpath(f"{BASE}/workflow/resources/published_grid.csv")

POST_FIGURES = collect(
    "results/figures/{figure}.{format}",
    figure=["agents_grid", *(["three_evaluations"] if HAS_EVALUATIONS else [])],
    format=["svg", "png"],
)


rule fit_tie_orders:
    input:
        sections="results/data/sections.parquet",
        splits=split_files(EVALUATIONS, [0]),
    output:
        "results/tie_orders.parquet",
    log:
        "logs/fit_tie_orders.log",
    conda:
        "../../envs/study.yaml"
    params:
        recipe=in_json(study.recipe(config["headline"]["agent"])),
        orders=config.get("tie_orders", 100),
        seed=config["intervals"]["seed"],
        scripts=SCRIPTS,
        code=script_digest("fit_tie_orders.py"),
    message:
        "Fitting the quoted agent under random orders of tied n-grams"
    shell:
        "python {params.scripts}/fit_tie_orders.py --sections {input.sections} --splits {input.splits}"
        " --recipe {params.recipe:q} --orders {params.orders} --seed {params.seed} --output {output} > {log} 2>&1"


rule draw_three_evaluations:
    input:
        table="results/tables/f1.csv",
        scores="results/scores.parquet",
        ties="results/tie_orders.parquet",
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
        " --ties {input.ties} --published {params.published:q} --provenance {input.provenance} --agent {params.agent}"
        " --level {params.level}"
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
        titles=in_json([(agent, title) for agent, title in study.titles_run if study.is_rule(agent)]),
        grid=PUBLISHED_GRID,
        published=PUBLISHED,
        published_digests=[file_digest(PUBLISHED_GRID), file_digest(PUBLISHED)],
        scripts=SCRIPTS,
        code=script_digest("draw_agents_grid.py"),
    message:
        "Drawing agents_grid"
    shell:
        "python {params.scripts}/draw_agents_grid.py --grid {params.grid:q} --models {input.models} --published {params.published:q}"
        " --table {input.table} --scores {input.scores} --provenance {input.provenance} --titles {params.titles:q}"
        " --svg {output.svg} --png {output.png} > {log} 2>&1"
