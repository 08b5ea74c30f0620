"""Puts the workflow into the package that is built, so that an installed one carries it. All else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# As they lie here; what is left out is for work on the project alone. mirage.place finds them.
CARRIED = (
    *("Snakefile", "config.yaml", "CITATION.cff", "scripts", "envs"),
    *(f"workflow/{part}" for part in ("Snakefile", "rules", "schemas", "report", "cards", "resources", "profiles")),
)
TARGET = "mirage/_workflow"


class BuildWithWorkflow(build_py):
    """Builds the package with the workflow in it. An editable install uses the checkout's own files."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, TARGET)
        # A build that went before may have left files that are gone.
        shutil.rmtree(target, ignore_errors=True)
        for name in carried_files():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, target / name)

    def get_source_files(self) -> list[str]:
        """Name the files that a source distribution needs."""
        return [*super().get_source_files(), *carried_files()]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Name the files that a build leaves."""
        own = [] if self.editable_mode else [str(Path(self.build_lib, TARGET, name)) for name in carried_files()]
        return [*super().get_outputs(include_bytecode), *own]


def carried_files() -> list[str]:
    """Return the files to carry, without what Python and editors leave beside them."""
    found = [path for name in CARRIED for path in (Path(name).rglob("*") if Path(name).is_dir() else [Path(name)])]
    kept = (path for path in found if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith("~"))
    return sorted(str(path) for path in kept if not path.name.startswith("."))


setup(cmdclass={"build_py": BuildWithWorkflow})
