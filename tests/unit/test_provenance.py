import platform
import sys
from pathlib import Path

import numpy as np
import pytest

from mirage.agents import module_of
from mirage.agents.kinds import kinds
from mirage.code.reach import own_roots, reached
from mirage.provenance import code_digest, derive_seed, file_digest, versions

SCRIPTS = Path(__file__).parents[2] / "scripts"

FILES = {
    "run.py": '"""A script."""\nfrom mini.near import rate\n\nprint(rate(1))\n',
    "mini/__init__.py": "VERSION = 1\n",
    "mini/near.py": "import numpy\n\nimport mini.far\n\n\ndef rate(x):\n    return mini.far.half(x)\n",
    "mini/far.py": "def half(x):\n    return x / 2\n",
    "mini/other.py": "def double(x):\n    return x * 2\n",
    "mini/kinds/__init__.py": "",
    "mini/kinds/linear.py": "from mini.other import double\n",
}


@pytest.fixture
def digest(tmp_path):
    """A function: write the files with some changed, in a folder of their own, and take the digest of run.py."""
    numbers = iter(range(100))

    def take(changes=None, modules=()):
        root = tmp_path / str(next(numbers))
        for name, text in {**FILES, **(changes or {})}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return code_digest(root / "run.py", *modules, roots=())

    return take


def test_a_seed_is_the_first_four_bytes_of_the_sha256_of_the_names():
    # printf train/stratified/tfidf-post/0 | sha256sum
    assert derive_seed("train", "stratified", "tfidf-post", 0) == 0x136199FF
    assert derive_seed("train", "stratified", "tfidf-post", "0") == 0x136199FF


def test_seeds_of_different_names_differ_and_feed_numpy():
    seeds = {derive_seed("train", scheme, agent, seed) for scheme in "abc" for agent in "xyz" for seed in range(50)}
    assert len(seeds) == 3 * 3 * 50
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert derive_seed("a", "b") != derive_seed("b", "a")
    np.random.RandomState(max(seeds))  # raises outside 32 bits


def test_file_digest_is_sha256(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_digest(str(path)) == file_digest(path)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"run.py": '"""Another word."""\nfrom mini.near import rate\n\nprint(rate(1))\n'},
        {"run.py": FILES["run.py"] + "# a remark\n"},
        {"mini/far.py": 'def half(x):\n    """Halve it."""\n\n    return (\n        x / 2\n    )\n'},
        {"mini/other.py": "def double(x):\n    return x + x\n"},
        {"mini/kinds/linear.py": "KIND = 2\n"},
        {"mini/new.py": "x = 1\n"},
    ],
    ids=["nothing", "docstring", "comment", "layout", "module not imported", "kind not named", "new module"],
)
def test_what_the_script_does_not_run_leaves_the_digest_alone(digest, changes):
    assert digest(changes) == digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"run.py": FILES["run.py"].replace("rate(1)", "rate(2)")},
        {"run.py": FILES["run.py"].replace("rate(1)", "rate(1.0)")},
        {"mini/near.py": FILES["mini/near.py"].replace("half(x)", "half(-x)")},
        {"mini/far.py": "def half(x):\n    return x / 3\n"},
        {"mini/__init__.py": "VERSION = 2\n"},
        {"mini/far.py": "from mini import other\n" + FILES["mini/far.py"]},
    ],
    ids=["script", "number's type", "import", "import of an import", "package", "new import"],
)
def test_what_the_script_runs_changes_the_digest(digest, changes):
    assert digest(changes) != digest()


def test_a_module_loaded_by_name_counts_with_its_imports_when_it_is_named(digest):
    named = digest(modules=["mini.kinds.linear"])
    assert named != digest()
    assert digest({"mini/kinds/linear.py": "from mini.other import double\nx = 1\n"}, ["mini.kinds.linear"]) != named
    assert digest({"mini/other.py": "def double(x):\n    return 3 * x\n"}, ["mini.kinds.linear"]) != named
    assert digest({"mini/kinds/__init__.py": "x = 1\n"}, ["mini.kinds"]) != digest(modules=["mini.kinds"])


def test_each_kind_of_agent_has_a_digest_of_its_own():
    digests = {code_digest(SCRIPTS / "fit_cells.py", module_of(kind)) for kind in kinds()}
    assert len(digests) == len(kinds())


def test_versions_leave_out_what_is_not_installed():
    found = versions("pytest", "no-such-distribution")
    assert found == {"python": platform.python_version(), "pytest": sys.modules["pytest"].__version__}


@pytest.mark.parametrize("script", ["fetch_sections", "make_split", "fit_cells", "fit_encoder", "score_split"])
def test_a_new_version_alone_reruns_nothing_up_to_the_scores(script):
    """Of the other digests, that of the page has the version, which it prints."""
    roots = own_roots({}, Path.cwd())
    assert "mirage.version" not in reached(SCRIPTS / f"{script}.py", [], roots)
    assert "mirage.version" in reached(SCRIPTS / "build_report.py", [], roots)
