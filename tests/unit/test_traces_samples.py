"""Counts of real sessions, made by hand with text search, against ours.

The files are public (TeichAI/teich, examples/, Apache-2.0, and one made from it by ml-intern's exporter) and not part of this
repository; MIRAGE_TRACE_SAMPLES names their directory, which is else looked for beside the checkout.
"""

import os
from pathlib import Path

import pytest

from mirage.traces.columns import Columns
from mirage.traces.measures import Measures
from mirage.traces.noticed import QUESTIONS, Noticed
from mirage.traces.sessions import Session
from mirage.traces.steps import steps
from mirage.traces.tools import Grouping

SAMPLES = Path(os.environ.get("MIRAGE_TRACE_SAMPLES", Path(__file__).parents[3] / "shared/data/traces"))
GROUPING = Grouping({"bash": ["bash", "exec_command", "write_stdin"], "edit / write": ["edit", "write", "apply_patch"]})

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample sessions are not here")

TRUTH = {
    "claude_code__teich_example.jsonl": {
        "format": "claude-code",
        "events": 35,
        "human prompts": 1,
        "model turns": 12,
        "calls": 13,
        "calls: bash": 11,
        "errors": 2,
        "tracebacks: results": 1,
        "tokens: output": 1959,
        "wall time, min": 63.108 / 60,
    },
    "codex__teich_example.jsonl": {
        "format": "codex",
        "events": 95,
        "human prompts": 1,
        "calls": 18,
        "calls: bash": 17,
        "calls: edit / write": 1,
        "errors: non-zero exit": 0,
        "tracebacks: results": 0,
        "tokens: input": 294183 - 216704,
        "tokens: cache read": 216704,
        "tokens: output": 10573,
        "wall time, min": 230.956 / 60,
    },
    "ml_intern_style__derived.jsonl": {
        "format": "claude-stream",
        "events": 26,
        "human prompts": 1,
        "model turns": 12,
        "calls": 13,
        "tracebacks: results": 1,
        "tokens: output": None,
        "wall time, min": None,
    },
    "pi_v3__teich_example.slim.jsonl": {
        "format": "pi",
        "events": 206,
        "human prompts": 10,
        "model turns": 98,
        "calls": 93,
        "results": 93,
        "errors: non-zero exit": 3,
    },
}


@pytest.mark.parametrize("name", TRUTH)
def test_counts_are_those_made_by_hand(name):
    session = Session(SAMPLES / name)
    measures, noticed = Measures(GROUPING), Noticed(Columns("jim_crow", ("source",), ("murray", "paschal")))
    for step in steps(session.events()):
        measures.see(step)
        noticed.see(step)
    values = {"format": session.format, **measures.values(session.lines, session.broken.count)}
    assert {measure: values[measure] for measure in TRUTH[name]} == pytest.approx(TRUTH[name])
    assert (values["unreadable lines"], values["unknown events"]) == (0, 0)
    # None of these sessions is about the laws.
    about = list(QUESTIONS)[:4]
    assert {noticed.verdicts(0)[question].answer for question in about} == {"no"}
