"""Which column fills which role: by its name where that says it, then by its shape, then by what goes with it, in that order of trust.

``names``
    What the names of columns say.
``text``, ``label``, ``group``, ``others``
    The roles, each by itself.
``positive``
    Which class counts as positive.
``cells``
    What stands in cells that are no plain class.
``give_away``
    Which columns give the label away.
``proposal``
    What is proposed for a role, and for a file.
"""
