import importlib.util
import os
import sys
import tarfile
import tempfile
from pathlib import Path

# Commands name their files themselves.
if workflow.modifier.path_modifier.prefix:
    raise WorkflowError(
        f"module {workflow.modifier.namespace}: found prefix {workflow.modifier.path_modifier.prefix}; leave it out, and give each "
        "study a working directory of its own (snakemake --directory)"
    )

# The root of the project, which is not where the workflow that runs lies when that one imports this as a module.
ROOT = workflow.current_basedir.join("../..")
BASE = os.path.abspath(str(ROOT))

if set(BASE) & set("{}"):
    raise WorkflowError(
        f"{BASE}: braces in the place of the project, which Snakemake takes for a wildcard; move it to another folder"
    )

# Imported from a hosting service: what the commands need is taken out of Snakemake's own clone, once for each commit.
if hasattr(ROOT, "hosted_repo"):
    ROOT.fetch_if_required()
    COMMIT = ROOT.hosted_repo.repo.commit(ROOT.ref)
    BASE = os.path.abspath(f".snakemake/mirage/{COMMIT.hexsha}")
    if not os.path.isdir(BASE):
        os.makedirs(os.path.dirname(BASE), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=os.path.dirname(BASE)) as folder:
            with open(f"{folder}/archive.tar", "wb") as stream:
                ROOT.hosted_repo.repo.archive(stream, COMMIT.hexsha)
            with tarfile.open(f"{folder}/archive.tar") as archive:
                archive.extraction_filter = getattr(tarfile, "data_filter", None)
                archive.extractall(f"{folder}/tree")
            os.rename(f"{folder}/tree", BASE)

# The package of this project, here and in the commands of the rules, whatever else is installed.
PACKAGE = f"{BASE}/workflow/src"
# An installed package carries this workflow. Where it is found anyway, what is installed beside it is put before nothing.
if not os.path.isdir(PACKAGE):
    FOUND = importlib.util.find_spec("mirage")
    CARRIES_THIS = FOUND and FOUND.origin and os.path.realpath(FOUND.origin) == os.path.realpath(f"{BASE}/../__init__.py")
    PACKAGE = None if CARRIES_THIS else os.path.abspath(f"{BASE}/../..")
if PACKAGE:
    sys.path.insert(0, PACKAGE)
    os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [PACKAGE, os.environ.get("PYTHONPATH")])))
