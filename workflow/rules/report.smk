# The tables that the findings speak of.
FOUND_IN = ("verdict", "new_group", "given_split", "f1", "gap", "reproduction", "overview", "published")
FOUND_IN += ("decomposition", "exposure", "multiverse", "external", "choosing", "classes", "confusion")
FOUND_IN += ("comparisons", "drop_differences", "leakage", "relatives", "thresholds")
REPORT = "results/report/index.html"
CSV = [path for path in ALL_TABLES if path.endswith(".csv")]
COST = files_of(TABLES["cost"])
# The tables whose word the headline may begin with.
JUDGED = [path for path in CSV if Path(path).stem in ("verdict", "new_group")]
PAGE = os.path.relpath(f"{BASE}/workflow/report")
OF_OTHER_DATA = "contents_unpublished.yaml" if study.leaves_groups_out else "contents_without_groups.yaml"
OF_OTHER_DATA = "contents_classes.yaml" if study.has_classes else OF_OTHER_DATA
CONTENTS = "contents.yaml" if IS_PUBLISHED else OF_OTHER_DATA
SHOWN = {
    name: {
        "title": study.words.say(table.declared.title),
        "question": study.words.say(table.declared.question),
        "folder": table.declared.folder,
        "by_default": table.declared.by_default,
    }
    for name, table in TABLES.items()
}
CITATION = os.path.relpath(f"{BASE}/CITATION.cff")


rule write_headline:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        tables=collect("results/tables/{table}.csv", table=["choosing"] if study.has_classes else ["f1", "gap"]),
        judged=JUDGED,
    output:
        "results/headline.json",
    log:
        "logs/write_headline.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        words=WORDS,
        scripts=SCRIPTS,
        code=script_digest("write_headline.py"),
    message:
        "Writing the headline"
    shell:
        "python {params.scripts}/write_headline.py --study {params.study:q} --words {params.words:q} --results results"
        " --judged {input.judged:q} > {log:q} 2>&1"


rule write_findings:
    input:
        provenance="results/data/sections.json",
        scores="results/scores.parquet",
        tables=[path for path in CSV if Path(path).stem in FOUND_IN],
    output:
        "results/findings.json",
    log:
        "logs/write_findings.log",
    conda:
        "../../envs/study.yaml"
    params:
        study=in_json(study.estimate_options),
        words=WORDS,
        scripts=SCRIPTS,
        code=script_digest("write_findings.py"),
    message:
        "Saying what was found"
    shell:
        "python {params.scripts}/write_findings.py --study {params.study:q} --words {params.words:q} --results results --tables {input.tables:q} > {log:q} 2>&1"


rule build_report:
    input:
        tables=ALL_TABLES,
        figures=ALL_FIGURES,
        cost=COST,
        findings="results/findings.json",
    output:
        report(REPORT, category="The study on one page", labels={"page": "report"}),
    log:
        "logs/build_report.log",
    conda:
        "../../envs/study.yaml"
    params:
        config=in_json(config),
        study=in_json(study.estimate_options),
        captions=in_json(CAPTIONS),
        tables=in_json(SHOWN),
        page=as_is(PAGE),
        contents=as_is(f"{PAGE}/{CONTENTS}"),
        texts=folder_digest(PAGE),
        citation=as_is(CITATION),
        scripts=SCRIPTS,
        code=script_digest("build_report.py"),
    message:
        "Putting everything on one page"
    shell:
        "python {params.scripts}/build_report.py --results results --config {params.config:q} --study {params.study:q}"
        " --template {params.page:q}/index.html.j2 --contents {params.contents:q}"
        " --tables {params.tables:q} --captions {params.captions:q} --citation {params.citation:q} --output {output:q} > {log:q} 2>&1"
