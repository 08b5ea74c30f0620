# Dummies are a line in these figures, not an agent.
TITLES_LEARNING = in_json([(agent, title) for agent, title in study.titles_run if not study.is_reference(agent)])
TITLES_ENCODERS = in_json([(agent, title) for agent, title in study.titles_run if study.is_encoder(agent)])
FIGURES = collect(
    "results/figures/{figure}.{format}",
    figure=[
        "label_rate",
        "gap",
        *(["ties"] if IS_PUBLISHED else []),
        "leakage",
        *(["optimism"] if ENCODERS else []),
        *config["figures"],
    ],
    format=["svg", "png"],
)


rule draw_label_rate:
    input:
        audit="results/data/audit.json",
    output:
        svg=report(
            "results/figures/label_rate.svg",
            caption="../report/figures/label_rate.rst",
            category="Figures",
            labels={"figure": "label_rate"},
        ),
        png="results/figures/label_rate.png",
    log:
        "logs/draw_label_rate.log",
    conda:
        "../../envs/study.yaml"
    params:
        scripts=SCRIPTS,
        code=script_digest("draw_label_rate.py"),
    message:
        "Drawing label_rate"
    shell:
        "python {params.scripts}/draw_label_rate.py --audit {input.audit} --svg {output.svg} --png {output.png} > {log} 2>&1"


rule draw_f1:
    input:
        table="results/tables/f1.csv",
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/{figure}.svg", caption="../report/f1.rst", category="Figures", labels={"figure": "{figure}"}
        ),
        png="results/figures/{figure}.png",
    log:
        "logs/draw_f1/{figure}.log",
    wildcard_constraints:
        figure="|".join(config["figures"]) or "none",
    conda:
        "../../envs/study.yaml"
    params:
        schemes=lookup(dpath="figures/{figure}", within=config),
        titles=in_json(study.titles_run),
        published=PUBLISHED,
        published_digest=file_digest(PUBLISHED),
        scripts=SCRIPTS,
        code=script_digest("draw_f1.py"),
    message:
        "Drawing {wildcards.figure}"
    shell:
        "python {params.scripts}/draw_f1.py --table {input.table} --scores {input.scores} --published {params.published:q}"
        " --provenance {input.provenance} --schemes {params.schemes} --titles {params.titles:q}"
        " --svg {output.svg} --png {output.png} > {log} 2>&1"


rule draw_gap:
    input:
        table="results/tables/gap.csv",
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report("results/figures/gap.svg", caption="../report/figures/gap.rst", category="Figures", labels={"figure": "gap"}),
        png="results/figures/gap.png",
    log:
        "logs/draw_gap.log",
    conda:
        "../../envs/study.yaml"
    params:
        schemes=config["gap"]["held_out"],
        titles=TITLES_LEARNING,
        scripts=SCRIPTS,
        code=script_digest("draw_gap.py"),
    message:
        "Drawing gap"
    shell:
        "python {params.scripts}/draw_gap.py --table {input.table} --scores {input.scores} --provenance {input.provenance}"
        " --schemes {params.schemes} --titles {params.titles:q} --svg {output.svg} --png {output.png} > {log} 2>&1"


rule draw_ties:
    input:
        published="results/tables/published.csv",
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/ties.svg", caption="../report/figures/ties.rst", category="Figures", labels={"figure": "ties"}
        ),
        png="results/figures/ties.png",
    log:
        "logs/draw_ties.log",
    conda:
        "../../envs/study.yaml"
    params:
        split=config["gap"]["reference"],
        titles=TITLES_LEARNING,
        level=config["intervals"]["level"],
        scripts=SCRIPTS,
        code=script_digest("draw_ties.py"),
    message:
        "Drawing ties"
    shell:
        "python {params.scripts}/draw_ties.py --published {input.published} --scores {input.scores} --provenance {input.provenance}"
        " --split {params.split} --titles {params.titles:q} --level {params.level} --svg {output.svg} --png {output.png}"
        " > {log} 2>&1"


rule draw_leakage:
    input:
        table="results/tables/leakage.csv",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/leakage.svg",
            caption="../report/figures/leakage.rst",
            category="Figures",
            labels={"figure": "leakage"},
        ),
        png="results/figures/leakage.png",
    log:
        "logs/draw_leakage.log",
    conda:
        "../../envs/study.yaml"
    params:
        # The arms of a source stand in the table.
        schemes=study.compared,
        scripts=SCRIPTS,
        code=script_digest("draw_leakage.py"),
    message:
        "Drawing leakage"
    shell:
        "python {params.scripts}/draw_leakage.py --table {input.table} --provenance {input.provenance}"
        " --schemes {params.schemes} --svg {output.svg} --png {output.png} > {log} 2>&1"


# Without a table where no encoder ran: the figure then says so.
rule draw_optimism:
    input:
        table=[path for path in OPTIMISM if path.endswith(".csv")],
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/optimism.svg",
            caption="../report/figures/optimism.rst",
            category="Figures",
            labels={"figure": "optimism"},
        ),
        png="results/figures/optimism.png",
    log:
        "logs/draw_optimism.log",
    conda:
        "../../envs/study.yaml"
    params:
        titles=TITLES_ENCODERS,
        scripts=SCRIPTS,
        code=script_digest("draw_optimism.py"),
    message:
        "Drawing optimism"
    shell:
        "python {params.scripts}/draw_optimism.py --table {input.table} --scores {input.scores} --provenance {input.provenance}"
        " --titles {params.titles:q} --svg {output.svg} --png {output.png} > {log} 2>&1"
