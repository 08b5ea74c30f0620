# Made only for the groups of which the study has the arms and the scheme with one model's scores on them and on others.
TAKEN_APART = study.taken_apart
DECOMPOSED = list(
    dict.fromkeys(
        [config["gap"]["reference"], *(scheme for entry in TAKEN_APART for scheme in (entry["matched"], *entry["arms"]))]
    )
)
DECOMPOSITION = (
    collect(
        "results/tables/{table}.{format}",
        table=["decomposition", "restated", "thresholds", "ranking"],
        format=["csv", "md", "tex"],
    )
    if TAKEN_APART
    else []
)
DECOMPOSITION_FIGURES = (
    collect("results/figures/{figure}.{format}", figure=["decomposition", "prevalence"], format=["svg", "png"])
    if TAKEN_APART
    else []
)

# Where a threshold is shown to matter, the reference first; and the agents that have one, the headline's first.
THRESHOLDS_ON = [config["gap"]["reference"], config["headline"]["held_out"], *(entry["matched"] for entry in TAKEN_APART[:1])]
GRADED = [
    (agent, title)
    for agent, title in sorted(study.titles_run, key=lambda known: known[0] != config["headline"]["agent"])
    if agent == config["headline"]["agent"] or study.is_graded(agent)
]


rule estimate_decomposition:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=collect("results/outcomes/{split}.parquet", split=DECOMPOSED),
    output:
        tabled(
            expand(
                "results/tables/{table}.{format}",
                table=["decomposition", "restated", "thresholds", "ranking"],
                format=["csv", "md", "tex"],
            ),
        ),
    log:
        "logs/estimate_decomposition.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        held_out=in_json(TAKEN_APART),
        coverage=COVERAGE_KNOWN,
        coverage_digest=file_digest(COVERAGE_KNOWN),
        scripts=SCRIPTS,
        code=script_digest("estimate_decomposition.py"),
    message:
        "Taking the gap apart"
    shell:
        "python {params.scripts}/estimate_decomposition.py --study {params.study:q} --held-out {params.held_out:q}"
        " --results results --coverage {params.coverage:q} > {log} 2>&1"


rule draw_decomposition:
    input:
        table="results/tables/decomposition.csv",
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/decomposition.svg",
            caption="../report/figures/decomposition.rst",
            category="Figures",
            labels={"figure": "decomposition"},
        ),
        png="results/figures/decomposition.png",
    log:
        "logs/draw_decomposition.log",
    conda:
        "../../envs/study.yaml"
    params:
        source=TAKEN_APART[0]["name"] if TAKEN_APART else "",
        titles=TITLES_LEARNING,
        scripts=SCRIPTS,
        code=script_digest("draw_decomposition.py"),
    message:
        "Drawing decomposition"
    shell:
        "python {params.scripts}/draw_decomposition.py --table {input.table} --scores {input.scores}"
        " --provenance {input.provenance} --source {params.source:q} --titles {params.titles:q}"
        " --svg {output.svg} --png {output.png} > {log} 2>&1"


rule draw_prevalence:
    input:
        restated="results/tables/restated.csv",
        table="results/tables/f1.csv",
        outcomes=collect("results/outcomes/{split}.parquet", split=list(dict.fromkeys(THRESHOLDS_ON))),
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/prevalence.svg",
            caption="../report/figures/prevalence.rst",
            category="Figures",
            labels={"figure": "prevalence"},
        ),
        png="results/figures/prevalence.png",
    log:
        "logs/draw_prevalence.log",
    conda:
        "../../envs/study.yaml"
    params:
        source=TAKEN_APART[0]["name"] if TAKEN_APART else "",
        titles=in_json(GRADED),
        scripts=SCRIPTS,
        code=script_digest("draw_prevalence.py"),
    message:
        "Drawing prevalence"
    shell:
        "python {params.scripts}/draw_prevalence.py --restated {input.restated} --table {input.table} --outcomes {input.outcomes}"
        " --scores {input.scores} --provenance {input.provenance} --source {params.source:q} --titles {params.titles:q}"
        " --svg {output.svg} --png {output.png} > {log} 2>&1"
