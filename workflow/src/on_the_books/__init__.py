"""What was published about On the Books, and the data that the study of it needs; :mod:`mirage` knows nothing of it."""
