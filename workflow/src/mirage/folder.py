"""The folder of a study: its configuration, what the workflow makes of it, and how it is called."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.errors import StudyError
from mirage.listing import first_of
from mirage.program import typed

if TYPE_CHECKING:
    from mirage.study.grid import Study

CONFIG = "config.yaml"
PATHS = ("path", "test_path")  # keys of data that name a file


@dataclass(frozen=True)
class StudyFolder:
    """A folder with a configuration, in which the workflow runs: what the configuration names by a relative path starts here."""

    path: Path

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.path / CONFIG

    @property
    def results(self) -> Path:
        """What the workflow makes."""
        return self.path / "results"

    @property
    def page(self) -> Path:
        """The study on one page."""
        return self.results / "report/index.html"

    def read(self, name: str = CONFIG) -> dict[str, Any]:
        """Return a configuration with its defaults filled in.

        Raises
        ------
        StudyError
            With one line, when it is no configuration of a study, or its data are gone.
        """
        from mirage.study import check_config, check_files, fill_defaults

        config = _read_yaml(self.path / name)
        with self.at_work(name):
            check_files([name])
            check_config(config)
            fill_defaults(config)
        self._check_data(config, self.path / name)
        return config

    def study(self, config: dict[str, Any], name: str = CONFIG) -> Study:
        """Return the grid of a configuration that :meth:`read` returned, as a run plans it that measures nothing anew."""
        from mirage.data.given import taken_in
        from mirage.encoders.plan import encoder_speed
        from mirage.study import Study

        with self.at_work(name):
            return Study.from_config(taken_in(config), encoder_speed(config, Path("results"), measure=False))

    @contextlib.contextmanager
    def at_work(self, name: str = CONFIG) -> Iterator[None]:
        """Work in the folder, and name the configuration in errors as it is seen from outside."""
        try:
            with contextlib.chdir(self.path):
                yield
        except StudyError as error:
            raise StudyError(str(error).replace(f"{CONFIG}: ", f"{self.path / name}: ", 1)) from None

    def _check_data(self, config: dict[str, Any], where: Path) -> None:
        for key in PATHS:
            path = config["data"].get(key)
            if path and not (self.path / Path(path).expanduser()).exists():
                raise StudyError(
                    f"{where}: data.{key}: {path}: no such file, looked for from {self.path}; put the data there, or write where "
                    "they are"
                )


def study_in(named: Path | None) -> StudyFolder:
    """Return the study in a folder, by default the working directory.

    Raises
    ------
    StudyError
        When there is none.
    """
    path = named or Path()
    if path.name == CONFIG and path.is_file():
        path = path.parent
    if not path.is_dir():
        raise StudyError(f"{path}: no such folder; {typed('init')} FILE makes a study of a file of texts and labels")
    if (path / CONFIG).is_file():
        return _own(path)
    near = first_of([str(config.parent) for config in sorted(path.glob(f"*/{CONFIG}"))], 5)
    other = f"name one of {near}" if near else f"name the folder of one, or make one: {typed('init')} FILE"
    raise StudyError(f"{path.resolve()}: holds no study, there is no {CONFIG}; {other}")


def _own(path: Path) -> StudyFolder:
    if "study" not in _read_yaml(path / CONFIG):
        raise StudyError(
            f"{path / CONFIG}: has no key study, so it is no study of its own; name the folder of one, or run snakemake where it lies"
        )
    return StudyFolder(path)


def _read_yaml(path: Path) -> dict[str, Any]:
    import yaml

    from mirage.study.files import LOADER

    try:
        config = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise StudyError(f"{path}{where}: no YAML: {getattr(error, 'problem', None) or error}; mend that line") from None
    except UnicodeDecodeError:
        raise StudyError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    if not isinstance(config, dict):
        raise StudyError(f"{path}: found no keys; {typed('init')} FILE writes a configuration to start from")
    return config
