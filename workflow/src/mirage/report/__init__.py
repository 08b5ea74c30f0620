"""The page: its sentences, its parts, its methods, and what everything came from."""
