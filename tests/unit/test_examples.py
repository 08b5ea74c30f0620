"""The sample that ships is what its script makes."""

import csv
import importlib.util
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_tickets_are_those_of_the_script():
    spec = importlib.util.spec_from_file_location("make_tickets", EXAMPLES / "make_tickets.py")
    make_tickets = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_tickets)
    with (EXAMPLES / "tickets.csv").open(encoding="utf-8", newline="") as handle:
        assert list(csv.DictReader(handle)) == make_tickets.rows()
