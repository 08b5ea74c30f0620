CARDS = collect("results/cards/{agent}/README.md", agent=[agent for agent, _ in study.titles_run])
RESULTS_CARD = "results/cards/_results/README.md"
CARD_LIST = "results/cards/cards.json"
CARD_TEMPLATES = os.path.relpath(f"{BASE}/workflow/cards")


# Not part of all: cards are for those who publish a model.
rule cards:
    input:
        CARDS,
        RESULTS_CARD,


rule write_cards:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        tables=CSV,
    output:
        CARDS,
        RESULTS_CARD,
        CARD_LIST,
    log:
        "logs/write_cards.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        options=card_options,
        words=WORDS,
        templates=as_is(CARD_TEMPLATES),
        texts=folder_digest(CARD_TEMPLATES),
        citation=as_is(CITATION),
        published=in_json(IS_PUBLISHED),
        citation_digest=file_digest(CITATION),
        scripts=SCRIPTS,
        code=script_digest("write_cards.py"),
    message:
        "Writing the model cards"
    shell:
        "python {params.scripts}/write_cards.py --study {params.study:q} --options {params.options:q} --words {params.words:q} --results results"
        " --tables {input.tables:q} --templates {params.templates:q} --citation {params.citation:q}"
        " --published {params.published:q} --output results/cards > {log:q} 2>&1"
