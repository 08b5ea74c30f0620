"""What a user of the study is meant to read when it does not come to its end."""


class StudyError(Exception):
    """Bad input or a broken contract, told in one line.

    The message names the file, key or row, says what was found and what to write instead. Scripts print it without a traceback
    and exit with status 1. A character that a terminal cannot show, as a name may hold one, is replaced.
    """

    def __init__(self, message: str):
        line = " ".join(message.split())
        super().__init__("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line))


class StoppedError(Exception):
    """A run that its user stopped, told in one line: what is kept, and how to go on."""
