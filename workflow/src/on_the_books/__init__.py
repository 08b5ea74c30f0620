"""The published study of On the Books: its data set, what stands in for it, and its supplementary set.

The package ``mirage`` is for any data and imports nothing from here. Importing this package loads nothing heavy, because the
Snakefile does it.
"""
