from on_the_books.evaluations import TIE_ORDERS


rule fit_tie_orders:
    input:
        sections="results/data/sections.parquet",
        splits=split_files(config["evaluations"], [0]),
    output:
        f"results/{TIE_ORDERS}",
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
        "python {params.scripts}/fit_tie_orders.py --sections {input.sections:q} --splits {input.splits:q}"
        " --recipe {params.recipe:q} --orders {params.orders:q} --seed {params.seed:q} --output {output:q} > {log:q} 2>&1"
