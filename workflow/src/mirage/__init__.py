"""How much of a reported F1 survives when a data source is held out.

The package holds the steps of the study as functions over files; ``scripts/`` turns each into a command and the Snakefile into a
rule. Importing the package itself loads nothing heavy, because every Snakemake process does it.
"""

__version__ = "0.1.0"
