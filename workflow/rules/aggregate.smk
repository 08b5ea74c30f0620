TABLES = collect("results/tables/{table}.{format}", table=["f1", "gap", "reproduction", "leakage"], format=["csv", "md", "tex"])


rule tables:
    input:
        TABLES,


rule score_split:
    input:
        sections="results/data/sections.parquet",
        predictions=expand(
            "results/runs/{{split}}/{agent}/seed{seed}/predictions.parquet", agent=study.agents, seed=study.seeds
        ),
    output:
        scores="results/scores/{split}.parquet",
        outcomes="results/outcomes/{split}.parquet",
    log:
        "logs/score_split/{split}.log",
    conda:
        "../../envs/study.yaml"
    params:
        agents=list(study.agents),
        seeds=study.seeds,
        code=code_digest("scripts/score_split.py"),
    shell:
        "python scripts/score_split.py --sections {input.sections} --runs results/runs/{wildcards.split}"
        " --split {wildcards.split} --agents {params.agents} --seeds {params.seeds}"
        " --scores {output.scores} --outcomes {output.outcomes} > {log} 2>&1"


rule collect_scores:
    input:
        collect("results/scores/{split}.parquet", split=study.schemes),
    output:
        "results/scores.parquet",
    log:
        "logs/collect_scores.log",
    conda:
        "../../envs/study.yaml"
    params:
        code=code_digest("scripts/collect_scores.py"),
    shell:
        "python scripts/collect_scores.py {input} --output {output} > {log} 2>&1"


rule estimate:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=collect("results/outcomes/{split}.parquet", split=study.schemes),
        leakage=collect("results/splits/{split}/seed{seed}.json", split=study.schemes, seed=study.seeds),
        published="workflow/resources/published.csv",
    output:
        TABLES,
        "results/headline.json",
    log:
        "logs/estimate.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=as_json(study.estimate_options),
        code=code_digest("scripts/estimate.py"),
    shell:
        "python scripts/estimate.py --study {params.study:q} --results results --published {input.published} > {log} 2>&1"
