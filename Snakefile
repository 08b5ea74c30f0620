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
include: "workflow/rules/scores.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"


if "multiverse" in TABLES:

    include: "workflow/rules/multiverse.smk"


if "traces" in TABLES:

    include: "workflow/rules/traces.smk"


if "external" in TABLES:

    include: "workflow/rules/external.smk"


if "published_models" in TABLES:

    include: "workflow/rules/published_models.smk"


if IS_PUBLISHED:

    include: "workflow/rules/on_the_books.smk"


include: "workflow/rules/report.smk"


# A model card tells the F1 of one class.
if not study.has_classes:

    include: "workflow/rules/cards.smk"


remember(CODE_MEMORY)


# Fits run as jobs, everything else on this machine.
if study.in_jobs:
    jobs = {workflow.modifier.modify_rulename(name) for name in ("fit_encoder", "fit_encoder_external")}
    workflow.localrules(*{rule.name for rule in workflow.modifier.rules} - jobs)


report: "workflow/report/workflow.rst"


# With the configuration as this run has it, overrides included; a plan without the jobs' profile is told as with it.
onstart:
    try:
        if hold(Path.cwd()):
            sweep(Path("results"))
    except StudyError as error:
        raise WorkflowError(str(error))
    expected = (step_seconds(study, Path("results")), workflow.cores)
    pack = workflow.group_settings.group_components.get(PACKED, 1) if BUCKET else PACK
    lines = forecast(study, Path("results"), workflow.cores, pack)
    logger.info("\n".join(lines), extra={"shown": True, "expected": expected})


onerror:
    said = "\n".join(Path(path).read_text(encoding="utf-8", errors="replace") for path in log)
    *failed, kept = stopped(said, Path("results"), incomplete=not workflow.dag_settings.force_incomplete)
    # The one-line logger has told what failed.
    logger.error("\n".join(failed), extra={"told": True})
    logger.error("\n".join(filter(None, [killed(said), full(Path.cwd()), kept])), extra={"shown": True})


# Does nothing: the plan is printed at the start of every run.
rule plan:
    input:
        [],


# What a first look needs: what is in the data, the F1s, the gap, where it comes from, and what leaks.
rule answer:
    input:
        ANSWERS,
        "results/data/audit.md",
        "results/headline.json",


# Not part of `all`: a simulation of minutes on several cores. Killed, it goes on from the last finished repetitions.
if "coverage" in TABLES:

    rule coverage:
        input:
            files_of(TABLES["coverage"]),


rule tables:
    input:
        ALL_TABLES,
        "results/headline.json",


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
