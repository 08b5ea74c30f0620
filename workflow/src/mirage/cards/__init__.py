"""Model cards that tell what an agent scores on random and on held-out rows, the card of the results, and their way to the Hub."""
