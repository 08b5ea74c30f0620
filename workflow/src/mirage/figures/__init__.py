"""Figures, one module each.

A module has, from top to bottom:

``FIGURE``
    its declaration, a :class:`mirage.declared.Figure`; or ``figures(study)``, which returns several by name;
``draw(results)``
    the figure of a run, from tables that are already made;
``stamp(results)``
    where the figure needs another stamp than that of the run.

What these call draws from plain tables and values. ``scripts/figure.py MODULE`` writes one; the workflow finds them by themselves, and
reads declarations without loading a library that draws: such imports stand inside functions, or come from :mod:`mirage.lazy`.
"""
