# One rule a table; what each reads, and whether this study has it, stands in its own module.
TABLES = discover(packages_of("tables", study), "TABLE", study)


def through_bucket(path):
    """Mark what jobs on the Hub write and a table reads."""
    return shared(path) if re.match(r"results/(runs/.+/seed\d+/|external/(sections|outcomes/encoder-))", path) else path


for name, table in TABLES.items():

    rule:
        name:
            f"table_{name}"
        input:
            [through_bucket(f"results/{path}") for path in table.declared.reads(study)],
        output:
            in_report(files_of(table), ".csv", "table", name),
        log:
            f"logs/table/{name}.log",
        conda:
            "../../envs/study.yaml"
        threads: table.declared.threads(study)
        params:
            module=table.module,
            # Behind a function, since a plain text with braces in it would be read for wildcards.
            caption=lambda wildcards, caption=study.words.say(table.declared.question): caption,
            words=WORDS,
            options=in_json(table.declared.options(study)),
            resources=as_is(resource_paths(table.declared.resources)),
            digests=[file_digest(path) for path in resource_paths(table.declared.resources)],
            scripts=SCRIPTS,
            code=script_digest("table.py", table.module),
        message:
            f"Table {name}: {study.words.say(table.declared.title)}"
        shell:
            "python {params.scripts}/table.py {params.module:q} --results results --reads {input:q} --resources {params.resources:q}"
            " --options {params.options:q} --words {params.words:q} --threads {threads} > {log:q} 2>&1"


ALL_TABLES = [path for table in TABLES.values() if table.declared.by_default for path in files_of(table)]
# The first tables to read, of those that this study has.
FIRST = ("verdict", "new_group", "given_split", "choosing", "f1", "gap", "decomposition")
ANSWERS = [path for name in FIRST if name in TABLES for path in files_of(TABLES[name])]
