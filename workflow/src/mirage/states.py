"""The states of a cell of the study's grid."""

COMPLETE = "complete"
MISSING = "missing"
NOT_RUN = "not run here"
