"""Errors of this plugin: each is one line that says what was found and what to do."""

from enum import Enum

from snakemake_interface_common.exceptions import WorkflowError


class Certainty(Enum):
    """What is known about a request that failed."""

    REFUSED = "refused"  # the Hub said no: nothing happened
    BUSY = "busy"  # the Hub asked to come back later: nothing happened
    UNCLEAR = "unclear"  # no answer, or a broken one: it may have happened
    GONE = "gone"  # what was asked about does not exist


class HubError(Exception):
    """A request to the Hub failed.

    ``retry_after`` is the wait in seconds that the Hub asked for, if any.
    """

    def __init__(self, message: str, certainty: Certainty, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.certainty = certainty
        self.retry_after = retry_after


class StartError(WorkflowError):
    """The run cannot begin: one line.

    Below a message, Snakemake prints where in a plugin it was raised, which helps nobody to set a token; so that is not told.
    """

    __traceback__ = property(lambda self: None, lambda self, trace: None)


class JobRefusedError(WorkflowError):
    """A job cannot be submitted as it is described; other jobs may well be fine."""
