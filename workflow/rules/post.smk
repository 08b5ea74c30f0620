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
