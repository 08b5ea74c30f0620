"""Where the project's own files are found."""

from pathlib import Path

import pytest

from mirage.errors import StudyError
from mirage.place import project_root, top_packages


def touched(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_from_the_checkout_it_is_the_checkout():
    assert project_root() == Path(__file__).resolve().parents[2]


def test_an_installed_package_has_it_inside_wherever_it_is_installed(tmp_path):
    # Three folders up lies a checkout that has nothing to do with the package.
    touched(tmp_path / "Snakefile")
    inside = touched(tmp_path / "lib/target/mirage/_workflow/Snakefile")
    assert project_root(tmp_path / "lib/target/mirage") == inside.parent


def test_a_package_without_it_is_an_error_of_one_line(tmp_path):
    package = tmp_path / "workflow/src/mirage"
    with pytest.raises(StudyError, match=r"the package has no workflow, there is no .*/Snakefile or .*/_workflow/Snakefile"):
        project_root(package)


def test_an_installed_project_names_its_packages(tmp_path):
    assert top_packages(tmp_path / "mirage") == {"mirage"}
    touched(tmp_path / "mirage-1.2.dist-info/top_level.txt").write_text("laws\nmirage\n")
    touched(tmp_path / "mirage_of_another-1.2.dist-info/top_level.txt").write_text("another\n")
    assert top_packages(tmp_path / "mirage") == {"laws", "mirage"}
