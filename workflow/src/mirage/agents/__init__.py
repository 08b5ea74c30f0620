"""Agents: the kinds of model the study compares, behind one small interface (:mod:`mirage.agents.interface`).

An agent is a recipe in the configuration: a ``kind`` and its parameters. Each kind is a module here with a function ``build(parameters,
sections)``, found by name, so that the code digest of a rule covers the kind it runs and no other. Kind ``predictions`` alone builds
nothing: its answers come from a file.
"""


def module_of(kind: str) -> str:
    """Return the dotted name of the module that implements a kind of agent."""
    return f"mirage.agents.{kind}"
