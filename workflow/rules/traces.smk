from mirage.traces.record import looked_at

TOOL_GROUPS = in_json(list(config["traces"]["groups"].items()))
TRACE_TERMS = in_json(looked_at(study))
RULINGS = [config["traces"]["rulings"]] if "rulings" in config["traces"] else []
TRACE_OPTIONS = in_json({key: config["traces"][key] for key in ("path", "hub", "files")})


rule traces:
    input:
        files_of(TABLES["traces"]),
        files_of(TABLES["noticed"]),
        files_of(FIGURES["tool_calls"]),
        files_of(FIGURES["noticed"]),


# The sessions themselves stay where they are: they may hold secrets.
rule fetch_traces:
    output:
        "results/traces/traces.json",
    log:
        "logs/fetch_traces.log",
    conda:
        "../../envs/study.yaml"
    params:
        options=TRACE_OPTIONS,
        scripts=SCRIPTS,
        code=script_digest("fetch_traces.py"),
    message:
        "Looking for the agents' sessions"
    shell:
        "python {params.scripts}/fetch_traces.py --options {params.options:q} --manifest {output:q} > {log:q} 2>&1"


rule measure_traces:
    input:
        manifest="results/traces/traces.json",
        rulings=RULINGS,
    output:
        "results/traces/observed.json",
    log:
        "logs/measure_traces.log",
    conda:
        "../../envs/study.yaml"
    params:
        options=TRACE_OPTIONS,
        agents=in_json(list(config["traces"]["files"])),
        groups=TOOL_GROUPS,
        terms=TRACE_TERMS,
        scripts=SCRIPTS,
        code=script_digest("measure_traces.py"),
    message:
        "Measuring the agents' sessions"
    shell:
        "python {params.scripts}/measure_traces.py --options {params.options:q} --agents {params.agents:q}"
        " --groups {params.groups:q} --terms {params.terms:q} --manifest {input.manifest:q} --output {output:q} > {log:q} 2>&1"
