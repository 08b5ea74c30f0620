from mirage.errors import StudyError


def test_the_message_is_one_line_whatever_it_quotes():
    error = StudyError("config.yaml: pattern '(\n  a' is\tnot whole;  write\r\none that is")
    assert str(error) == "config.yaml: pattern '( a' is not whole; write one that is"
