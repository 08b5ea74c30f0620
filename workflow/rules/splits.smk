rule make_splits:
    input:
        sections=SECTIONS,
    output:
        splits=shared(f"results/splits/{SPLIT_NAME}.parquet"),
        leakage=f"results/splits/{SPLIT_NAME}.json",
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
        "python {params.scripts}/make_split.py --sections {input.sections:q} --scheme {wildcards.split:q} --seeds {params.seeds:q}"
        " --options {params.options:q} --definitions {params.definition:q} --output {output.splits:q}"
        " --record {output.leakage:q} > {log:q} 2>&1"


rule splits:
    input:
        split_files(study.schemes),
