# One rule a figure; what each reads, and whether this study has it, stands in its own module.
FIGURES = discover(packages_of("figures", study), "FIGURE", study)
CAPTIONS = {name: figure.declared.caption_of(study) for name, figure in FIGURES.items()}


for name, figure in FIGURES.items():

    rule:
        name:
            f"figure_{name}"
        input:
            [f"results/{path}" for path in figure.declared.reads(study)],
        output:
            svg=in_report([f"results/figures/{name}.svg"], ".svg", "figure", name),
            png=f"results/figures/{name}.png",
        log:
            f"logs/figure/{name}.log",
        conda:
            "../../envs/study.yaml"
        params:
            module=figure.module,
            # Behind a function, since a plain text with braces in it would be read for wildcards.
            caption=lambda wildcards, caption=CAPTIONS[name]: caption,
            words=WORDS,
            options=in_json(figure.declared.options(study)),
            resources=as_is(resource_paths(figure.declared.resources)),
            digests=[file_digest(path) for path in resource_paths(figure.declared.resources)],
            scripts=SCRIPTS,
            code=script_digest("figure.py", figure.module),
        message:
            f"Figure {name}"
        shell:
            "python {params.scripts}/figure.py {params.module:q} --results results --reads {input:q} --resources {params.resources:q}"
            " --options {params.options:q} --words {params.words:q} --svg {output.svg:q} --png {output.png:q} > {log:q} 2>&1"


ALL_FIGURES = [path for figure in FIGURES.values() for path in files_of(figure)]
