"""Rows: where they come from, what their columns are, and which of them repeat each other."""
