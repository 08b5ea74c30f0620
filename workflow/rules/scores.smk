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
        seeds=seeds_of,
        encoders=others_here,
        given=in_json({agent: recipe.get("threshold", 0.5) for agent, recipe in GIVEN.items()}),
        scripts=SCRIPTS,
        code=script_digest("score_split.py"),
    message:
        "Scoring {wildcards.split}"
    shell:
        "python {params.scripts}/score_split.py --sections {input.sections:q} --runs results/runs/{wildcards.split:q}"
        " --split {wildcards.split:q} --agents {params.agents:q} --seeds {params.seeds:q}"
        " --encoders {params.encoders:q} --given {params.given:q}"
        " --scores {output.scores:q} --outcomes {output.outcomes:q} > {log:q} 2>&1"


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
        "python {params.scripts}/collect_scores.py {input:q} --output {output:q} > {log:q} 2>&1"
