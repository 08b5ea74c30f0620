"""Estimators of the study: intervals, resampling, comparisons. Pure functions; chance comes from the Generator passed in."""
