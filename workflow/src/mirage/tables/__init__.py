"""Tables, one module each.

A module has, from top to bottom:

``TABLE``
    its declaration, a :class:`mirage.declared.Table`;
``compute(results)``
    every column, one row a thing that is estimated: the csv;
``present(table, results)``
    what people read: panels with captions, and notes;
``stamp(table, results)``
    where the table needs another stamp than that of the run.

``scripts/table.py NAME`` makes one; the workflow finds them by themselves.
"""
