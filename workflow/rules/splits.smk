rule make_splits:
    input:
        sections=SECTIONS,
    output:
        splits=shared(kept(expand("results/splits/{{split}}/seed{seed}.parquet", seed=SPLIT_SEEDS))),
        leakage=kept(expand("results/splits/{{split}}/seed{seed}.json", seed=SPLIT_SEEDS)),
    log:
        f"logs/make_splits/{SPLIT_NAME}.log",
    conda:
        "../../envs/study.yaml"
    params:
        options=split_options,
        definition=split_definition,
        seeds=split_seeds,
        scripts=SCRIPTS,
        code=script_digest("make_split.py"),
    message:
        "Splitting by {wildcards.split}"
    shell:
        "python {params.scripts}/make_split.py --sections {input.sections} --scheme {wildcards.split} --seeds {params.seeds}"
        " --options {params.options:q} --definitions {params.definition:q} --code {params.code}"
        " --out-dir results/splits/{wildcards.split} > {log} 2>&1"
