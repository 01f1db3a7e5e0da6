"""Run a program that may write in the folder where it starts and nowhere else, and read nothing of the course.

    python fence.py PROGRAM ARGUMENTS...

By Landlock, in the form that Linux has from 6.2 on: no other user, no container and no rights are needed. `works` says
whether.
"""

import contextlib
import ctypes
import os
import sys
from pathlib import Path

CREATE, ADD, RESTRICT = 444, 445, 446  # the system calls
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, ALL = 1, 2, 4, 8, 1 << 14, (1 << 15) - 1
NO_SIGNALS, NO_NEW_PRIVILEGES = 2, 38
READABLE = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev", "/opt", sys.prefix, sys.base_prefix)
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Rules(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scope", ctypes.c_uint64)]


class Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version():
    return LIBC.syscall(CREATE, None, 0, 1) if LIBC else 0


def works():
    return version() >= 3


def shut(writable, readable):
    """Shut this process in, and every one that it starts."""
    rules = Rules(ALL, 0, NO_SIGNALS if version() >= 6 else 0)
    fence = LIBC.syscall(CREATE, ctypes.byref(rules), 24 if version() >= 6 else 8, 0)
    allowed = [(path, EXECUTE | READ_FILE | READ_DIR) for path in readable]
    for path, access in [*allowed, *((path, ALL) for path in writable)]:
        if Path(path).exists():
            access &= ALL if Path(path).is_dir() else EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
            folder = os.open(path, os.O_PATH)
            done = LIBC.syscall(ADD, fence, 1, ctypes.byref(Beneath(access, folder)), 0)
            if done:
                raise OSError(ctypes.get_errno(), "cannot be fenced", str(path))
            os.close(folder)
    if LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or LIBC.syscall(RESTRICT, fence, 0):
        raise OSError(ctypes.get_errno(), "cannot be fenced")


@contextlib.contextmanager
def put_back(places, tell):
    """Where there is no fence: put files back that were changed meanwhile, and tell which."""
    found = [path for place in places for path in (place, *place.rglob("*")) if path.is_file()]
    before = {path: path.read_bytes() for path in found}
    yield
    for path, content in before.items():
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            tell(path)


def main(command):
    room = os.getcwd()
    os.environ |= dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR"), room)
    files = [word for word in command if word.endswith(".json")]  # how to reach who started it
    shut([room, "/dev/null"], [*READABLE, *files])
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
