"""``mirage init``: from somebody's file to a configuration that can be run, with a reason for every line of it."""
