import dataclasses
import logging
import re
import shlex

from snakemake.logging import logger

from mirage.cards.options import rule_options
from mirage.declared import discover
from mirage.encoders.places import PACK, PACKED, card
from mirage.encoders.plan import encoder_speed, fit_options, fit_recipe, folds_of, names_pattern, resources
from mirage.errors import StudyError
from mirage.faults import debugging
from mirage.files import sweep
from mirage.locks import hold
from mirage.machine import check_folder, full, memory_mb
from mirage.data.given import is_given, taken_in
from mirage.paths import split_files as files_of_splits
from mirage.provenance import code_digest, file_digest
from mirage.splits.definitions import SAID
from mirage.code.reach import Root, own_roots
from mirage.data.refetch import fetch_attempt, own_file_digest
from mirage.code.source import recall, remember
from mirage.runs import fit_files
from mirage.stopped import killed, stopped
from mirage.study import Study, as_json, check_config, check_files, fill_defaults, forecast, step_seconds
from mirage.study.steps import packages_of
from mirage.code.texts import folder_digest

# On a disk that is full, Snakemake's own log would fail anew at every line that says so.
logging.raiseExceptions = debugging()

# What the files of code say, so that a start parses those alone that changed.
CODE_MEMORY = Path(".snakemake/mirage-code.json")
recall(CODE_MEMORY)

try:
    if workflow.is_main_process:
        check_folder(Path.cwd())
    check_files(workflow.configfiles)
    check_config(config)
    fill_defaults(config)
    if not os.path.isdir(config["encoders"]["kept"]):
        config["encoders"]["kept"] = os.path.relpath(f"{BASE}/{config['encoders']['kept']}")
    speed = encoder_speed(config, Path("results"), measure=not workflow.remote_exec)
    study = Study.from_config(taken_in(config, insist=not workflow.remote_exec), speed)
except StudyError as error:
    # Whatever the file with another study's configuration is called.
    raise WorkflowError(str(error).replace("config.yaml: ", "configuration: ") if "study" in config else str(error))


def as_is(value):
    """Hand a path or several to a command as they stand: braces in a name would be read for wildcards."""
    return lambda wildcards: value


# Relative to the working directory, so that commands read well and do not change with the place of the checkout.
SCRIPT_FOLDER = os.path.relpath(f"{BASE}/scripts")
# As a command says it: its path may hold spaces.
SCRIPTS = as_is(shlex.quote(SCRIPT_FOLDER))
# What was published about On the Books, and how often intervals cover in studies like it; of other data nothing is known.
IS_PUBLISHED = config.get("published", False)
RESOURCES = os.path.relpath(f"{BASE}/workflow/resources")


def resource_paths(names):
    """Return where resources lie: those for any data stand in for what is known of On the Books alone."""
    unpublished = {name: f"{RESOURCES}/unpublished/{name}" for name in names}
    return [
        unpublished[name] if not IS_PUBLISHED and os.path.exists(unpublished[name]) else f"{RESOURCES}/{name}" for name in names
    ]


ENCODERS = {agent: study.agents[agent] for agent in study.encoder_grid}
ENCODER_SEEDS = list(range(config["encoders"]["seeds"]))


wildcard_constraints:
    split="|".join(study.schemes),
    agent="|".join(study.agents),
    seed=r"\d+",


# Where jobs on the Hub find their files; none while only a plan is asked for.
BUCKET = workflow.storage_settings.default_storage_prefix if study.in_jobs else None

if BUCKET:

    # The profile leaves files on this machine, but for those marked as shared: they go through the bucket.
    storage shared:
        provider="hfbucket",
        shared="*",


def shared(paths):
    """Mark files that jobs on the Hub read or write."""
    if not BUCKET:
        return paths
    if isinstance(paths, str):
        return storage.shared(f"{BUCKET.rstrip('/')}/{paths}")
    return [shared(path) for path in paths]


def in_report(paths, suffix, kind, name):
    """Mark the file of a table or figure that Snakemake's own report shows, with the caption among the rule's parameters."""
    shown = {"caption": "../report/caption.rst", "category": f"{kind.capitalize()}s", "labels": {kind: name}}
    return [report(path, **shown) if path.endswith(suffix) else path for path in paths]


def files_of(found):
    """Name the files of a table or figure that the study has."""
    return [f"results/{path}" for path in found.files]


def in_json(value):
    """Hand a value to a command as JSON, as it stands: a plain string with braces in it would be read for wildcards."""
    text = as_json(value)
    return lambda wildcards: text


# Fits that run side by side share the memory of this machine; --resources mem_mb=N names another limit.
if workflow.local_exec and not workflow.remote_exec and "mem_mb" not in workflow.global_resources:
    workflow.register_resource("mem_mb", memory_mb())


# What the rows are made from, and what people call a row, a unit and a group: other words read no row again.
DATA = {key: value for key, value in config["data"].items() if key != "words"}
WORDS = in_json(dataclasses.asdict(study.words))
SECTIONS = shared("results/data/sections.parquet")
PROVENANCE = shared("results/data/sections.json")

# What one job splits: here all seeds, since they share loading; with jobs on the Hub one, so that another seed touches nothing that an
# earlier one was paid for.
SPLIT_NAME = "{split}/seed{seed}" if study.in_jobs else "{split}"


def split_files(splits, seeds=None, suffix="parquet"):
    """Name the files that hold these seeds of the splits, by default all; wildcards may stand among either."""
    named = [splits] if isinstance(splits, str) else splits
    return [f"results/{path}" for path in files_of_splits(study, named, seeds, suffix)]


def scheme_splits(wildcards):
    return shared(split_files(wildcards.split))


def seeds_of(wildcards):
    return study.seeds_of(wildcards.split)


def split_seeds(wildcards):
    """Return the seeds of one file of splits; wildcards without a split are those of rows that are no scheme's."""
    seeds = study.seeds_of(wildcards.split) if "split" in wildcards.keys() else study.seeds
    return [int(wildcards.seed)] if study.in_jobs else seeds


def given_seeds(seeds):
    """Return, for a rule, the seeds of a file of predictions that a scheme has too."""
    return lambda wildcards: [seed for seed in seeds if seed in study.seeds_of(wildcards.split)]


def given_splits(seeds):
    return lambda wildcards: shared(split_files(wildcards.split, given_seeds(seeds)(wildcards)))


def multiverse_seeds():
    return study.seeds_of(config["multiverse"]["random"])[: config["multiverse"].get("seeds")]


def fit_seed(wildcards):
    """Return the seed of a job that fits an encoder; where jobs are paid for, insist on the profile that sends them."""
    if study.in_jobs and not BUCKET:
        raise WorkflowError("encoders.where is hf-jobs: run snakemake --workflow-profile workflow/profiles/hf-jobs")
    return int(wildcards.seed)


# Of an agent that is cheap, on one split: its predictions and run records of all seeds.
RUN_FILES = ["predictions.parquet", "runs.json"]


def encoder_cells(batches):
    """Name the predictions and records of encoders, given pairs of split and agent."""
    grid = study.encoder_grid
    return [f"results/{path}" for split, agent in batches for path in fit_files(split, agent, grid[agent]["seeds"])]


def encoder_predictions(wildcards):
    return shared(encoder_cells((wildcards.split, agent) for agent in study.encoders_on(wildcards.split)))


def script_digest(script, *modules):
    return code_digest(f"{SCRIPT_FOLDER}/{script}", *modules)


# Systems that were trained elsewhere: their predictions come from files.
GIVEN = {agent: study.recipe(agent) for agent in study.cheap_agents if is_given(study.agents[agent])}
# Those whose files have fewer splits or seeds than the study have cells for these alone.
GIVEN_CELLS = {agent: study.given_grid.get(agent, {"schemes": study.schemes, "seeds": study.seeds}) for agent in GIVEN}

# Where modules of the user's may lie beside the working directory: with the files of the configuration.
OWN_CODE = (
    list(dict.fromkeys(os.path.relpath(os.path.dirname(os.path.abspath(path))) for path in workflow.configfiles))
    if any(study.modules(agent)[1:] for agent in study.agents)
    else []
)


def agent_digest(agent):
    """Return the digest of what the cells of an agent run: its kind's code and perhaps the user's, and that of no other kind."""
    roots = (*own_roots(os.environ, Path.cwd()), *(Root(os.path.abspath(folder)) for folder in OWN_CODE))
    return code_digest(f"{SCRIPT_FOLDER}/fit_cells.py", *study.modules(agent), roots=roots)


# Each agent that trains here and is cheap with the digest of its own code, so that an edit to one kind of agent leaves the cells of
# the others alone.
CHEAP_AGENTS = {agent: {"recipe": study.recipe(agent), "code": agent_digest(agent)} for agent in study.trained_agents}


def cheap_agents(wildcards):
    """Name the agents that are cheap and have every seed on the split."""
    return [agent for agent in study.cheap_on(wildcards.split) if agent not in study.given_grid]


def cheap_predictions(wildcards):
    return [f"results/runs/{wildcards.split}/{agent}/predictions.parquet" for agent in study.cheap_on(wildcards.split)]


def others_here(wildcards):
    """Hand over the agents with seeds of their own on the split: encoders that run here, and given systems with fewer."""
    given = study.cheap_on(wildcards.split)
    own = {agent: {"seeds": seeds, "selection": "last"} for agent, seeds in given.items() if agent in study.given_grid}
    return as_json({**study.encoders_on(wildcards.split), **own})


def inner_folds(wildcards):
    return study.inner_folds(wildcards.split)


def split_options(wildcards):
    return as_json(study.split_options(wildcards.split))


def split_definition(wildcards):
    """Hand over what decides the scheme's rows and nothing else: other schemes, and the words that people read, leave its split alone."""
    own = study.definitions.get(wildcards.split)
    return as_json({} if own is None else {wildcards.split: {key: own[key] for key in own if key not in SAID}})


def kept_digest(wildcards):
    """Return the digest of an agent's kept fits, so that other fits under the same name are taken again."""
    return file_digest(f"{config['encoders']['kept']}/{wildcards.agent}.json")


def encoder_recipe(wildcards):
    return as_json(fit_recipe(ENCODERS[wildcards.agent]))


def encoder_resource(name, like=None):
    def amount(wildcards):
        fits = folds_of(like or wildcards.split, config["split"]["folds"], study.facts)
        return resources(ENCODERS[wildcards.agent], study.hardware, fits, config["encoders"]["where"])[name]

    return amount


def card_options(wildcards):
    return as_json(rule_options(study))


def encoder_card(wildcards):
    return card(ENCODERS[wildcards.agent], config["encoders"]["where"])


# Used where the study has a supplementary set.
def external_plan(wildcards):
    return as_json({wildcards.agent: {**EXTERNAL_ENCODERS_HERE[wildcards.agent], "seeds": [fit_seed(wildcards)]}})
