"""The finished run that cards are written from."""

import shutil

import pytest

from card_run import script_arguments, write_run
from script_loader import script_main


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The run with its cards, to copy from."""
    folder = tmp_path_factory.mktemp("finished") / "results"
    write_run(folder)
    assert script_main("write_cards")(script_arguments(folder)) == 0
    return folder


@pytest.fixture
def results(finished, tmp_path):
    """The run without its cards."""
    return shutil.copytree(finished, tmp_path / "results", ignore=shutil.ignore_patterns("cards"))


@pytest.fixture
def cards(finished, results):
    """Put the cards of the run beside it."""
    return shutil.copytree(finished / "cards", results / "cards")


@pytest.fixture
def write(results):
    """Write the cards of the run, with other values in the section ``cards``."""

    def written(**cards):
        assert script_main("write_cards")(script_arguments(results, **cards)) == 0
        return results / "cards"

    return written
