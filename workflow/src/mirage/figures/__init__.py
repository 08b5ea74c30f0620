"""Figures: each module draws one, from tables that are already made."""
