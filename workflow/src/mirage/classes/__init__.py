"""A study of the choice among several classes: what is scored, and what is lost on groups that are held out."""
