"""The published study of On the Books: its data, what was published about them, and what stands in for either.

The package ``mirage`` is for any data and imports nothing from here. Importing this package loads nothing heavy, because the
Snakefile does it.
"""
