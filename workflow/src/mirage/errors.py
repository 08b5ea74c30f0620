"""What a user of the study is meant to read when it does not come to its end."""


class StudyError(Exception):
    """Bad input or a broken contract, told in one line.

    The message names the file, key or row, says what was found and what to write instead. Scripts print it without a traceback
    and exit with status 1.
    """

    def __init__(self, message: str):
        super().__init__(" ".join(message.split()))


class StoppedError(Exception):
    """A run that its user stopped, told in one line: what is kept, and how to go on."""
