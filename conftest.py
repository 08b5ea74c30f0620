"""Which tests share a worker when several run at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Files whose tests take long and share nothing but what all workers share: any worker may run any of them.
SPREAD = {"test_module.py", "test_predictions.py", "test_profiles.py", "test_workflow.py"}

# How long an example takes depends on what else the machine does.
settings.register_profile("study", deadline=None)
settings.load_profile("study")


class Scheduling(LoadFileScheduling):
    """Keep the tests of a file together, so that what they share is made once, but for those of ``SPREAD``."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return nodeid if Path(path).name in SPREAD else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)
