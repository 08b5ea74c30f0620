"""What a run found, a function for each fact: from the tables to one sentence, or to None where a cell that it needs is not there.

Findings, answer and page choose among them; nothing else writes them.
"""
