"""Which modules a script's digest covers: of this project and of its user, and no others."""

import os
import shutil
from pathlib import Path

import pytest

from mirage.code.reach import Root, own_roots, reached
from mirage.errors import StudyError
from mirage.provenance import code_digest


def write(folder: Path, **files: str) -> Path:
    """Write Python files by dotted name; a name that ends with a dot is a package's own file."""
    for name, text in files.items():
        path = folder / (name.replace(".", "/") + ("__init__.py" if name.endswith(".") else ".py"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def names(script: Path, *modules: str, roots: tuple[Root, ...] = ()) -> list[str]:
    return sorted(reached(script, modules, roots))


def roots_in(*folders: Path) -> tuple[Root, ...]:
    return tuple(Root(str(folder)) for folder in folders)


def test_a_users_own_module_outside_the_package_is_followed(tmp_path):
    scripts = write(tmp_path / "scripts", run="import mini.near\n")
    ours = write(tmp_path / "ours", **{"mini.": "", "mini.near": "import numpy, json\n", "mini.far": ""})
    theirs = write(tmp_path / "theirs", **{"mymodels.": "", "mymodels.bow": "import words\nimport mini.far\n", "words": ""})
    roots = roots_in(ours, theirs)

    assert names(scripts / "run.py", roots=roots) == ["mini", "mini.near", "run.py"]
    found = names(scripts / "run.py", "mymodels.bow", roots=roots)
    assert found == ["mini", "mini.far", "mini.near", "mymodels", "mymodels.bow", "run.py", "words"]


@pytest.mark.parametrize(
    ("importing", "text", "reaches"),
    [
        ("a.b.c", "from . import d\n", {"a.b.d"}),
        ("a.b.c", "from .d import x\n", {"a.b.d"}),
        ("a.b.c", "from ..e import x\n", {"a.e"}),
        ("a.b.c", "from .. import e, nothing\n", {"a.e"}),
        ("a.b.", "from .d import x\n", {"a.b.d"}),
        ("a.b.", "from ..e import x\n", {"a.e"}),
        ("a.b.c", "from .... import e\nfrom .....e import x\n", set()),
        ("a.b.c", "from .d.e import x\nfrom a.b.d import y\n", {"a.b.d"}),
    ],
)
def test_relative_imports_start_from_the_package(tmp_path, importing, text, reaches):
    files = {"run": "import a.b.c\n", "a.": "", "a.b.": "", "a.b.c": "", "a.b.d": "", "a.e": "", "e": "", "d": ""}
    write(tmp_path, **{**files, importing: text})
    assert set(names(tmp_path / "run.py")) == {"run.py", "a", "a.b", "a.b.c"} | reaches


def test_a_script_is_in_no_package(tmp_path):
    write(tmp_path, run="from . import a\nfrom .a import b\n", a="")
    assert names(tmp_path / "run.py") == ["run.py"]


def test_modules_that_import_each_other_have_an_end(tmp_path):
    write(tmp_path, run="import a\n", a="import b\n", b="import a\nimport b\n")
    assert names(tmp_path / "run.py") == ["a", "b", "run.py"]


def test_packages_on_the_way_run_too(tmp_path):
    write(tmp_path, **{"run": "", "a.": "import c\n", "a.b.": "", "a.b.d": "", "c": ""})
    assert names(tmp_path / "run.py", "a.b.d") == ["a", "a.b", "a.b.d", "c", "run.py"]


def test_folders_of_one_name_without_a_package_file_are_one_package(tmp_path):
    here, there = write(tmp_path / "here", **{"run": "from a import one, two, three\n", "a.one": ""}), tmp_path / "there"
    write(there, **{"a.two": "from . import one\n"})
    assert names(here / "run.py", roots=roots_in(there)) == ["a.one", "a.two", "run.py"]


def test_a_package_file_goes_before_a_folder_of_its_name(tmp_path):
    here = write(tmp_path / "here", **{"run": "import a.one\n", "a.other": ""})
    there = write(tmp_path / "there", **{"a.": "", "a.one": ""})
    assert reached(here / "run.py", (), roots_in(there))["a"] == str(there / "a/__init__.py")


def test_the_standard_library_goes_before_what_lies_in_a_folder(tmp_path):
    write(tmp_path, run="import random\nfrom json import decoder\n", random="", json="")
    assert names(tmp_path / "run.py") == ["run.py"]


def test_what_is_installed_is_not_followed_but_for_this_project(tmp_path):
    site = write(tmp_path / "site-packages", **{"mirage.": "import pandas, laws\n", "laws.": "import numpy\n", "pandas.": ""})
    write(site, numpy="")
    (site / "mirage-1.0.dist-info").mkdir()
    (site / "mirage-1.0.dist-info/top_level.txt").write_text("laws\nmirage\n")
    target = write(tmp_path / "target", scipy="")
    (target / "scipy-1.0.dist-info").mkdir()
    work = write(tmp_path / "work", mine="")
    scripts = write(tmp_path / "scripts", run="import mirage, scipy, mine, elsewhere\n")
    path = os.pathsep.join([str(target), str(site), str(tmp_path / "nowhere"), ""])

    roots = own_roots({"PYTHONPATH": path}, work, site / "mirage")

    assert names(scripts / "run.py", "sklearn.svm", roots=roots) == ["laws", "mine", "mirage", "run.py"]


def test_from_a_checkout_all_that_lies_beside_the_package_counts(tmp_path):
    source = write(tmp_path / "workflow/src", **{"mirage.": "", "laws.": "", "run": "import laws\n"})
    assert own_roots({}, tmp_path, source / "mirage") == roots_in(source, tmp_path)


def test_the_digest_of_a_command_covers_the_package_of_the_published_study(tmp_path):
    found = reached(Path(__file__).parents[2] / "scripts/fetch_sections.py", [], own_roots({}, tmp_path))
    assert {"mirage.data.sources", "on_the_books.corpus", "on_the_books.synthetic"} <= set(found)


def test_the_place_of_the_files_leaves_the_digest_alone(tmp_path):
    checkout = tmp_path / "a checkout"
    write(checkout / "scripts", run="import mirage.near\n")
    source = write(checkout / "workflow/src", **{"mirage.": "", "mirage.near": "x = 1\n"})
    site = tmp_path / "site-packages"
    shutil.copytree(source / "mirage", site / "mirage")
    shutil.copytree(checkout / "scripts", site / "mirage/_workflow/scripts")

    digests = {
        code_digest(checkout / "scripts/run.py", "mirage", roots=own_roots({}, tmp_path, source / "mirage")),
        code_digest(site / "mirage/_workflow/scripts/run.py", "mirage", roots=own_roots({}, checkout, site / "mirage")),
    }

    assert len(digests) == 1


def test_an_edit_to_a_users_module_changes_the_digest_and_a_comment_does_not(tmp_path):
    returned = {"as it is": "x", "comment": "x  # itself", "edit": "-x"}
    texts = {name: f"def f(x):\n    return {value}\n" for name, value in returned.items()}
    digests = {}
    for name, text in texts.items():
        scripts = write(tmp_path / name / "scripts", run="", other="")
        work = write(tmp_path / name / "work", mine=text)
        digests[name] = [
            code_digest(scripts / "run.py", "mine", roots=roots_in(work)),
            code_digest(scripts / "other.py", roots=roots_in(work)),
        ]

    assert digests["comment"] == digests["as it is"]
    assert digests["edit"][0] != digests["as it is"][0]
    assert digests["edit"][1] == digests["as it is"][1]


def test_the_working_directory_and_the_path_are_looked_at(tmp_path, monkeypatch):
    scripts = write(tmp_path / "scripts", run="import on_path, in_work\n")
    before = code_digest(scripts / "run.py")
    write(tmp_path / "path", on_path="x = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    monkeypatch.chdir(tmp_path)
    with_path = code_digest(write(tmp_path / "again", run="import on_path, in_work\n") / "run.py")
    work = write(tmp_path / "work", in_work="")
    monkeypatch.chdir(work)
    with_both = code_digest(scripts / "run.py")
    assert len({before, with_path, with_both}) == 3


@pytest.mark.parametrize("name", ["a.c", "a.b.c", "f.g"])
def test_a_named_module_that_its_package_lacks_is_an_error_of_one_line(tmp_path, name):
    write(tmp_path, **{"run": "", "a.": "", "a.b": "", "f": ""})
    with pytest.raises(StudyError, match=rf"{name}: the package {name[0]} has no such module"):
        code_digest(tmp_path / "run.py", name, roots=())
