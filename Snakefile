import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# The package beside this file, here and in the commands of the rules, whatever else is installed.
PACKAGE = os.path.abspath(f"{workflow.basedir}/workflow/src")
sys.path.insert(0, PACKAGE)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [PACKAGE, os.environ.get("PYTHONPATH")]))


configfile: f"{workflow.basedir}/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/fit.smk"
include: "workflow/rules/encoders.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/variance.smk"
include: "workflow/rules/comparisons.smk"
include: "workflow/rules/power.smk"
include: "workflow/rules/groups.smk"
include: "workflow/rules/hard_rows.smk"
include: "workflow/rules/relatives.smk"
include: "workflow/rules/coverage.smk"
include: "workflow/rules/multiverse.smk"
include: "workflow/rules/external.smk"
include: "workflow/rules/traces.smk"
include: "workflow/rules/cost.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/post.smk"
include: "workflow/rules/decomposition.smk"


ALL_TABLES = [*TABLES, *OPTIMISM, *VARIANCE, *COMPARISONS, *POWER, *GROUPS, *HARD_ROWS, *RELATIVES]
ALL_TABLES += [*DECOMPOSITION, *MULTIVERSE, *EXTERNAL, *TRACE_TABLES]
ALL_FIGURES = [*FIGURES, *POST_FIGURES, *RELIABILITY, *DECOMPOSITION_FIGURES, *MULTIVERSE_FIGURE, *TRACE_FIGURES, *COST_FIGURE]


include: "workflow/rules/report.smk"


# Fits run as jobs, everything else on this machine.
if study.in_jobs:
    workflow.localrules(*{rule.name for rule in workflow.rules} - {"fit_encoder", "fit_encoder_external"})


report: "workflow/report/workflow.rst"


# With the configuration as this run has it, overrides included.
onstart:
    print("\n".join(forecast(study, Path("results"), workflow.cores)), file=sys.stderr)


# Does nothing: the plan is printed at the start of every run.
rule plan:
    input:
        [],


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
