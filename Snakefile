from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/place.smk"


# A configuration that names its own study (--configfile) stands alone: nothing of the published one is mixed into it.
if "study" not in config:

    configfile: f"{BASE}/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/fit.smk"
include: "workflow/rules/encoders.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/variance.smk"
include: "workflow/rules/power.smk"
include: "workflow/rules/relatives.smk"
include: "workflow/rules/cost.smk"
include: "workflow/rules/overview.smk"
include: "workflow/rules/figures.smk"


# What a study has by a section of its configuration, and what only the published study has.
COMPARISONS, GROUPS, RELIABILITY, HARD_ROWS, MULTIVERSE, MULTIVERSE_FIGURE, TRACE_TABLES, TRACE_FIGURES = ([] for _ in range(8))
EXTERNAL, POST_FIGURES, DECOMPOSITION, DECOMPOSITION_FIGURES = ([] for _ in range(4))

if "comparisons" in config:

    include: "workflow/rules/comparisons.smk"


if "groups" in config:

    include: "workflow/rules/groups.smk"


if "hard_rows" in config:

    include: "workflow/rules/hard_rows.smk"


if "coverage" in config:

    include: "workflow/rules/coverage.smk"


if "multiverse" in config:

    include: "workflow/rules/multiverse.smk"


if "decomposition" in config:

    include: "workflow/rules/decomposition.smk"


if "traces" in config:

    include: "workflow/rules/traces.smk"


if "supplement" in config["data"]:

    include: "workflow/rules/external.smk"


if IS_PUBLISHED:

    include: "workflow/rules/post.smk"


ALL_TABLES = [*TABLES, *OVERVIEW, *OPTIMISM, *VARIANCE, *COMPARISONS, *POWER, *GROUPS, *HARD_ROWS, *RELATIVES]
ALL_TABLES += [*DECOMPOSITION, *MULTIVERSE, *EXTERNAL, *TRACE_TABLES]
ALL_FIGURES = [*FIGURES, *POST_FIGURES, *RELIABILITY, *DECOMPOSITION_FIGURES, *MULTIVERSE_FIGURE, *TRACE_FIGURES, *COST_FIGURE]


# Looks numbers up in the other tables.
if IS_PUBLISHED:

    include: "workflow/rules/contradictions.smk"

    ALL_TABLES += CONTRADICTIONS


include: "workflow/rules/report.smk"
include: "workflow/rules/cards.smk"


remember(CODE_MEMORY)


# Fits run as jobs, everything else on this machine.
if study.in_jobs:
    jobs = {workflow.modifier.modify_rulename(name) for name in ("fit_encoder", "fit_encoder_external")}
    workflow.localrules(*{rule.name for rule in workflow.modifier.rules} - jobs)


report: "workflow/report/workflow.rst"


# With the configuration as this run has it, overrides included.
onstart:
    print("\n".join(forecast(study, Path("results"), workflow.cores)), file=sys.stderr)


onerror:
    said = "\n".join(Path(path).read_text(encoding="utf-8", errors="replace") for path in log)
    print("\n".join(stopped(said, Path("results"))), file=sys.stderr)


# Does nothing: the plan is printed at the start of every run.
rule plan:
    input:
        [],


# What a first look needs: what is in the data, the F1s, the gap, where it comes from, and what leaks.
rule answer:
    input:
        TABLES,
        DECOMPOSITION,
        "results/data/audit.md",
        "results/headline.json",


rule tables:
    input:
        ALL_TABLES,


rule figures:
    input:
        ALL_FIGURES,


rule all:
    default_target: True
    input:
        rules.tables.input,
        rules.figures.input,
        COST,
        REPORT,
        "results/data/audit.md",
        "results/headline.json",
