"""Run a command while no other that names the same lock runs: python3 envs/alone.py LOCK COMMAND ...

The lock is one of the operating system on an open file, which the command and all that it starts hold until the last of them has ended,
however it ends. Whatever Python there is before the environment is made does.
"""

import errno
import fcntl
import os
import sys


def wait_for(lock):
    """Hold the lock, after one line where another holds it; a file system without locks is no reason not to go on."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            return
        owner = os.read(handle, 20).decode("ascii", "replace").strip() or "that starts"
        print(f"waiting for another make, process {owner}, which installs what this one needs", file=sys.stderr, flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)
    os.truncate(handle, 0)
    os.pwrite(handle, b"%d\n" % os.getpid(), 0)
    os.set_inheritable(handle, True)


if __name__ == "__main__":
    try:
        wait_for(sys.argv[1])
        os.execvp(sys.argv[2], sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"error: {error.filename or sys.argv[1]}: {error.strerror}")
