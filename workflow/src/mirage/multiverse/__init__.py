"""Choices that a published F1 hangs on: their levels, and fits of every combination."""
