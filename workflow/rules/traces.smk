TRACE_TABLES = collect("results/tables/{table}.{format}", table=["traces", "noticed"], format=["csv", "md", "tex"])
TRACE_FIGURES = collect("results/figures/{figure}.{format}", figure=["tool_calls", "noticed"], format=["svg", "png"])

PUBLISHED_TRACES = os.path.relpath(f"{BASE}/workflow/resources/published_traces.csv")
PUBLISHED_NOTICED = os.path.relpath(f"{BASE}/workflow/resources/published_noticed.csv")

# Pairs, because their order is the order of tables and figures.
TRACE_TITLES = in_json([[agent, config["traces"]["titles"].get(agent, agent)] for agent in config["traces"]["files"]])
TOOL_GROUPS = in_json(list(config["traces"]["groups"].items()))
TRACE_OPTIONS = in_json({key: config["traces"][key] for key in ("path", "hub", "files")})


rule traces:
    input:
        TRACE_TABLES,
        TRACE_FIGURES,


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
        "python {params.scripts}/fetch_traces.py --options {params.options:q} --manifest {output} > {log} 2>&1"


rule measure_traces:
    input:
        "results/traces/traces.json",
    output:
        TRACE_TABLES,
        "results/traces/sessions.json",
    log:
        "logs/measure_traces.log",
    conda:
        "../../envs/study.yaml"
    params:
        options=TRACE_OPTIONS,
        titles=TRACE_TITLES,
        groups=TOOL_GROUPS,
        published_traces=PUBLISHED_TRACES,
        published_noticed=PUBLISHED_NOTICED,
        published_digests=[file_digest(PUBLISHED_TRACES), file_digest(PUBLISHED_NOTICED)],
        scripts=SCRIPTS,
        code=script_digest("measure_traces.py"),
    message:
        "Measuring the agents' sessions"
    shell:
        "python {params.scripts}/measure_traces.py --options {params.options:q} --titles {params.titles:q}"
        " --groups {params.groups:q} --manifest {input} --published-traces {params.published_traces:q}"
        " --published-noticed {params.published_noticed:q} --results results > {log} 2>&1"
