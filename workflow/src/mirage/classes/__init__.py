"""A data set of several classes: each against the rest, and one answer from all of them."""
