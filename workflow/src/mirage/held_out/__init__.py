"""Groups held out: which they are, how far F1 drops on them, and what that says of a group that is not there yet."""
