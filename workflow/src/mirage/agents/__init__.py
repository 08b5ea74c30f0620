"""Agents: the kinds of model the study compares, behind one small interface (:mod:`mirage.agents.interface`).

An agent is a recipe in the configuration: a ``kind`` and its parameters. Each kind is one module here, found by its name, with

``Parameters``
    the model of its parameters, of which the check of the configuration and its schema are made;
``FACTS``
    what a plan has to know of it (:class:`mirage.agents.interface.Facts`);
``build(parameters, sections)``
    which makes a :class:`~mirage.agents.interface.Scorer` of a corpus;
``modules(recipe)``
    where it runs code of the user's: the dotted names of its modules, which the code digest of the agent then covers.

The code digest of an agent covers the module of its kind and that of no other. What such a module computes with it imports where it
computes, since every Snakemake process imports all kinds. Two kinds build nothing here: the answers of ``predictions`` come from a
file, and an ``encoder`` is trained by :mod:`mirage.encoders`.
"""


def module_of(kind: str) -> str:
    """Return the dotted name of the module that implements a kind of agent."""
    return f"mirage.agents.{kind}"
