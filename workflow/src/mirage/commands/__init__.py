"""The subcommands of ``mirage``, a module each: what its help says, what it takes, and what it does.

Each module has ``HELP``, ``EXAMPLE``, ``add_arguments`` and ``body``. What is heavy is imported in ``body``, so that help is quick.
"""
