GROUPS_ON = list(dict.fromkeys([config["groups"]["scheme"], config["groups"]["held_out"]]))

RELIABILITY = collect("results/figures/reliability.{format}", format=["svg", "png"])


rule draw_reliability:
    input:
        table="results/tables/calibration.csv",
        outcomes=collect("results/outcomes/{split}.parquet", split=GROUPS_ON),
        scores="results/scores.parquet",
        provenance="results/data/sections.json",
    output:
        svg=report(
            "results/figures/reliability.svg",
            caption="../report/figures/reliability.rst",
            category="Figures",
            labels={"figure": "reliability"},
        ),
        png="results/figures/reliability.png",
    log:
        "logs/draw_reliability.log",
    conda:
        "../../envs/study.yaml"
    params:
        titles=in_json(study.titles_run),
        level=config["intervals"]["level"],
        scripts=SCRIPTS,
        code=script_digest("draw_reliability.py"),
    message:
        "Drawing reliability"
    shell:
        "python {params.scripts}/draw_reliability.py --table {input.table} --outcomes {input.outcomes} --scores {input.scores}"
        " --provenance {input.provenance} --titles {params.titles:q} --level {params.level}"
        " --svg {output.svg} --png {output.png} > {log} 2>&1"
