rule fetch_sections:
    output:
        sections=SECTIONS,
        provenance=PROVENANCE,
    log:
        "logs/fetch_sections.log",
    conda:
        "../../envs/study.yaml"
    params:
        options=in_json({key: value for key, value in DATA.items() if key != "supplement"}),
        # Somebody's own file that changes is read again.
        file=own_file_digest(config["data"]),
        attempt=fetch_attempt(config["data"]["source"], "results/data/sections.json"),
        scripts=SCRIPTS,
        code=script_digest("fetch_sections.py"),
    message:
        "Fetching the sections"
    shell:
        "python {params.scripts}/fetch_sections.py --options {params.options:q} --attempt {params.attempt:q}"
        " --sections {output.sections:q} --provenance {output.provenance:q} > {log:q} 2>&1"


rule audit_sections:
    input:
        sections="results/data/sections.parquet",
        provenance="results/data/sections.json",
    output:
        json="results/data/audit.json",
        markdown="results/data/audit.md",
    log:
        "logs/audit_sections.log",
    conda:
        "../../envs/study.yaml"
    params:
        seeds=config["seeds"],
        test_fraction=config["split"]["test_fraction"],
        scripts=SCRIPTS,
        code=script_digest("audit_sections.py"),
    message:
        "Auditing the sections"
    shell:
        "python {params.scripts}/audit_sections.py --sections {input.sections:q} --provenance {input.provenance:q}"
        " --seeds {params.seeds:q} --test-fraction {params.test_fraction:q} --json {output.json:q} --markdown {output.markdown:q} > {log:q} 2>&1"
