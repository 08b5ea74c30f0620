TABLES = collect(
    "results/tables/{table}.{format}",
    table=["f1", "gap", *(["reproduction"] if IS_PUBLISHED else []), "leakage"],
    format=["csv", "md", "tex"],
)


# Choosing an epoch is a question of encoders only, and of those that run here.
OPTIMISM = collect("results/tables/optimism.{format}", format=["csv", "md", "tex"]) if ENCODER_BATCHES else []


rule score_split:
    input:
        sections=SECTIONS,
        predictions=cheap_predictions,
        encoders=encoder_predictions,
    output:
        scores="results/scores/{split}.parquet",
        outcomes="results/outcomes/{split}.parquet",
    log:
        "logs/score_split/{split}.log",
    conda:
        "../../envs/study.yaml"
    params:
        agents=cheap_agents,
        seeds=study.seeds,
        encoders=others_here,
        given=in_json({agent: recipe.get("threshold", 0.5) for agent, recipe in GIVEN.items()}),
        scripts=SCRIPTS,
        code=script_digest("score_split.py"),
    message:
        "Scoring {wildcards.split}"
    shell:
        "python {params.scripts}/score_split.py --sections {input.sections} --runs results/runs/{wildcards.split}"
        " --split {wildcards.split} --agents {params.agents} --seeds {params.seeds}"
        " --encoders {params.encoders:q} --given {params.given:q}"
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
        scripts=SCRIPTS,
        code=script_digest("collect_scores.py"),
    message:
        "Collecting scores"
    shell:
        "python {params.scripts}/collect_scores.py {input} --output {output} > {log} 2>&1"


rule estimate:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        outcomes=collect("results/outcomes/{split}.parquet", split=study.schemes),
        leakage=split_files(study.schemes, suffix="json"),
        ties=TIE_ORDERS,
    output:
        tabled(TABLES),
        "results/headline.json",
    log:
        "logs/estimate.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        published=PUBLISHED,
        published_digest=file_digest(PUBLISHED),
        coverage=COVERAGE_KNOWN,
        coverage_digest=file_digest(COVERAGE_KNOWN),
        tied=in_json(study.recipe(config["headline"]["agent"]) if TIE_ORDERS else {}),
        scripts=SCRIPTS,
        code=script_digest("estimate.py"),
    message:
        "Estimating: tables with intervals"
    shell:
        "python {params.scripts}/estimate.py --study {params.study:q} --results results"
        " --leakage {input.leakage} --published {params.published:q} --tie-orders {input.ties} --tied-recipe {params.tied:q}"
        " --coverage {params.coverage:q} > {log} 2>&1"
