"""Column names of the files that steps exchange."""

PREDICTION_COLUMNS = ("row_id", "fold", "part", "epoch", "y", "score")
CHOSEN = "chosen"  # beside these where one of several classes is chosen: its number, whose score it is
OUTCOME_COLUMNS = ("row", "row_id", "fold", "y", "score", "predicted", "predicted_chosen", "source", "unit")

# Columns of tables that hold names, whatever they look like: a group may be called "007", "1e3" or "NA".
NAME_COLUMNS = ("agent", "against", "group", "source", "split", "held_out", "reference", "row_id", "chapter", "label", "class")
