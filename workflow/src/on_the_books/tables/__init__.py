"""Tables that set published figures against ours; in the form of :mod:`mirage.tables`."""
