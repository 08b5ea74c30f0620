import os

from mirage.agents import module_of
from mirage.config import check_config
from mirage.encoders.devices import detect
from mirage.encoders.plan import fit_options, fit_recipe, folds_of, names_pattern, resources
from mirage.errors import StudyError
from mirage.forecast import forecast
from mirage.plan import Study, as_json
from mirage.provenance import code_digest, file_digest
from mirage.refetch import fetch_attempt
from mirage.texts import folder_digest

try:
    check_config(config, workflow.source_path("../schemas/config.schema.yaml"))
    study = Study.from_config(config)
except StudyError as error:
    raise WorkflowError(str(error))

# Relative to the working directory, so that commands read well and do not change with the place of the checkout.
SCRIPTS = os.path.relpath(f"{workflow.basedir}/scripts")
COVERAGE_KNOWN = os.path.relpath(f"{workflow.basedir}/workflow/resources/coverage.csv")
PUBLISHED = os.path.relpath(f"{workflow.basedir}/workflow/resources/published.csv")

ENCODERS = {agent: study.agents[agent] for agent in study.encoder_grid}
ENCODER_BATCHES = [batch for batch in study.encoder_batches if batch.reason is None]
ENCODER_SEEDS = list(range(config["encoders"]["seeds"]))


wildcard_constraints:
    split="|".join(study.schemes),
    agent="|".join(study.agents),


def encoder_predictions(wildcards):
    return [
        f"results/runs/{wildcards.split}/{agent}/seed{seed}/predictions.parquet"
        for agent, plan in study.encoders_on(wildcards.split).items()
        for seed in plan["seeds"]
    ]


def encoders_here(wildcards):
    return as_json(study.encoders_on(wildcards.split))


def script_digest(script, *modules):
    return code_digest(f"{SCRIPTS}/{script}", *modules)


# Each cheap agent with the digest of its own code, so that an edit to one kind of agent leaves the cells of the others alone.
CHEAP_AGENTS = {
    agent: {"recipe": study.recipe(agent), "code": script_digest("fit_cells.py", module_of(study.kind(agent)))}
    for agent in study.cheap_agents
}


def inner_folds(wildcards):
    return study.inner_folds(wildcards.split)


def split_options(wildcards):
    return as_json(study.split_options(wildcards.split))


def encoder_recipe(wildcards):
    return as_json(fit_recipe(ENCODERS[wildcards.agent]))


def encoder_resource(name, like=None):
    def amount(wildcards):
        fits = len(ENCODER_SEEDS) * folds_of(like or wildcards.split, config["split"]["folds"])
        return resources(ENCODERS[wildcards.agent], detect(), fits)[name]

    return amount
