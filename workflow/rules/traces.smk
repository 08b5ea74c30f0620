TRACE_FIGURES = collect("results/figures/{figure}.{format}", figure=["tool_calls", "noticed"], format=["svg", "png"])


# Pairs, because their order is the order of tables and figures.
TRACE_TITLES = in_json([[agent, config["traces"]["titles"].get(agent, agent)] for agent in config["traces"]["files"]])
TOOL_GROUPS = in_json(list(config["traces"]["groups"].items()))
TRACE_OPTIONS = in_json({key: config["traces"][key] for key in ("path", "hub", "files")})


rule traces:
    input:
        written("traces"),
        written("noticed"),
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
        "results/traces/observed.json",
    log:
        "logs/measure_traces.log",
    conda:
        "../../envs/study.yaml"
    params:
        options=TRACE_OPTIONS,
        agents=in_json(list(config["traces"]["files"])),
        groups=TOOL_GROUPS,
        scripts=SCRIPTS,
        code=script_digest("measure_traces.py"),
    message:
        "Measuring the agents' sessions"
    shell:
        "python {params.scripts}/measure_traces.py --options {params.options:q} --agents {params.agents:q}"
        " --groups {params.groups:q} --manifest {input} --output {output} > {log} 2>&1"


rule draw_tool_calls:
    input:
        table="results/tables/traces.csv",
        manifest="results/traces/traces.json",
    output:
        svg=report(
            "results/figures/tool_calls.svg",
            caption="../report/figures/tool_calls.rst",
            category="Figures",
            labels={"figure": "tool_calls"},
        ),
        png="results/figures/tool_calls.png",
    log:
        "logs/draw_tool_calls.log",
    conda:
        "../../envs/study.yaml"
    params:
        titles=TRACE_TITLES,
        groups=TOOL_GROUPS,
        scripts=SCRIPTS,
        code=script_digest("draw_tool_calls.py"),
    message:
        "Drawing tool_calls"
    shell:
        "python {params.scripts}/draw_tool_calls.py --table {input.table} --manifest {input.manifest}"
        " --groups {params.groups:q} --titles {params.titles:q} --svg {output.svg} --png {output.png} > {log} 2>&1"


rule draw_noticed:
    input:
        table="results/tables/noticed.csv",
        manifest="results/traces/traces.json",
    output:
        svg=report(
            "results/figures/noticed.svg",
            caption="../report/figures/noticed.rst",
            category="Figures",
            labels={"figure": "noticed"},
        ),
        png="results/figures/noticed.png",
    log:
        "logs/draw_noticed.log",
    conda:
        "../../envs/study.yaml"
    params:
        titles=TRACE_TITLES,
        scripts=SCRIPTS,
        code=script_digest("draw_noticed.py"),
    message:
        "Drawing noticed"
    shell:
        "python {params.scripts}/draw_noticed.py --table {input.table} --manifest {input.manifest}"
        " --titles {params.titles:q} --svg {output.svg} --png {output.png} > {log} 2>&1"
