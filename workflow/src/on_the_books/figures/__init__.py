"""Figures about what was published; in the form of :mod:`mirage.figures`."""
