from mirage.agents import module_of
from mirage.config import check_config
from mirage.errors import StudyError
from mirage.plan import Study, as_json
from mirage.provenance import code_digest
from mirage.refetch import fetch_attempt

try:
    check_config(config, workflow.source_path("../schemas/config.schema.yaml"))
    study = Study.from_config(config)
except StudyError as error:
    raise WorkflowError(str(error))


wildcard_constraints:
    split="|".join(study.schemes),
    agent="|".join(study.agents),


def agent_recipe(wildcards):
    return as_json(study.recipe(wildcards.agent))


def agent_code(wildcards):
    return code_digest("scripts/fit_cells.py", module_of(study.kind(wildcards.agent)))
