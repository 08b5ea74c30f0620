"""Column names of the files that steps exchange."""

PREDICTION_COLUMNS = ("row_id", "fold", "part", "epoch", "y", "score")
CHOSEN = "chosen"  # beside these where one of several classes is chosen: its number, whose score it is
OUTCOME_COLUMNS = ("row", "row_id", "fold", "y", "score", "predicted", "predicted_chosen", "source", "unit")
