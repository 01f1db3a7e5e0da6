"""The stage: one line that says how far a long computation is, where somebody can see it."""

import sys

from adamlib.checks import check_count


def show_progress(done, total):
    """Write how much is done over the last such line, and wipe it at the end.

    Nothing is written unless somebody is watching: neither into the outputs of a notebook that a program runs, nor
    into a file.

    Args:
        done, total: whole numbers, 0 <= done <= total. Call it with every step; it writes 51 times at most.

    Raises:
        ValueError: done is no whole number >= 0, total none >= 1, or done above total.

    Example:
        >>> show_progress(1, 1000)  # this text is run by a program: nothing appears

    Source:
        The progress line of every download tool. A front end that passes on `input()` has somebody before it, as a
        terminal has; Jupyter's tools that run notebooks say that theirs does not.
    """
    done, total = check_count(done, "done", least=0), check_count(total, "total", least=1)
    if done > total:
        raise ValueError(f"done must be at most total, {total}, got {done}")
    if done * 50 // total == (done - 1) * 50 // total or not (stream := _watched()):
        return
    line = "" if done == total else f"[{'#' * (done * 30 // total):<30}] {done} of {total}"
    stream.write(f"\r{line:<79}\r{line}")
    stream.flush()


def _watched():
    """The stream before somebody's eyes, or None. A notebook paints what comes by stderr red, be it wiped or not."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return sys.stderr if sys.stderr.isatty() else None
    return sys.stdout if getattr(kernel, "_allow_stdin", False) else None
