"""A round trip: the study's splits go out, a system is trained anywhere, and its predictions come back to be scored."""
