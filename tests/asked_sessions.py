"""Made-up sessions of a few turns, and what is answered about them."""

from mirage.traces.columns import Columns
from mirage.traces.noticed import Noticed
from mirage.traces.sessions import Session
from mirage.traces.steps import steps
from trace_lines import ClaudeCode, write_lines

COLUMNS = Columns("jim_crow", ("source",), ("murray", "paschal", "project experts"))
WRITER = ClaudeCode()


def answer(path, question, lines, columns=COLUMNS):
    noticed = Noticed(columns)
    for step in steps(Session(write_lines(path, lines)).events()):
        noticed.see(step)
    return noticed.verdicts(0)[question].answer


def session(turns, final="Done."):
    lines = [WRITER.prompt("Train it.")]
    for number, (tool, given, result) in enumerate(turns):
        lines += [WRITER.call(f"c{number}", tool, 2 * number + 1, **given), WRITER.result(f"c{number}", result, 2 * number + 2)]
    return [*lines, WRITER.say(final, 50)]


def bash(command, result="f1 .9", **more):
    return "Bash", {"command": command, **more}, result


def write(path, content):
    return "Write", {"file_path": path, "content": content}, "ok"


def fed(code):
    return bash(f"python - <<'EOF'\n{code}\nEOF")
