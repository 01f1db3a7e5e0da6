"""Time every chapter, and name its slowest cells.

    python benchmarks/chapters.py            all chapters
    python benchmarks/chapters.py 05 06      those whose file name starts so

Each chapter runs in a kernel of its own and stays as it is on disk. The time of a chapter is that of its cells;
starting the kernel comes on top. A cell's time is counted from its sending to the kernel's answer.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
SLOWEST = 5  # cells named per chapter


def run(path):
    """Run a chapter; return the seconds until its kernel had started, and of each of its code cells."""
    notebook = nbformat.read(path, as_version=4)
    began, seconds = {}, {}

    def starts(cell, cell_index):
        began[cell_index] = time.perf_counter()

    def ends(cell, cell_index, execute_reply):
        seconds[cell_index] = time.perf_counter() - began[cell_index]

    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=starts, on_cell_executed=ends,
    )  # fmt: skip
    opened = time.perf_counter()
    client.execute()
    return min(began.values()) - opened, seconds, notebook.cells


def first_line(cell):
    """Give a cell's first line that is more than an import."""
    lines = cell.source.splitlines()
    return next((line for line in lines if line.strip() and not line.startswith(("import ", "from "))), lines[0])


def main(prefixes):
    chosen = [
        path for path in sorted(CHAPTERS.glob("*.ipynb")) if not prefixes or path.name.startswith(tuple(prefixes))
    ]
    if not chosen:
        sys.exit(f"no chapter in {CHAPTERS} starts with {' or '.join(prefixes) or 'anything'}")
    for path in chosen:
        start, seconds, cells = run(path)
        print(f"{path.name}: {sum(seconds.values()):.1f} s in {len(seconds)} cells, after {start:.1f} s for the kernel")
        for index in sorted(seconds, key=seconds.get, reverse=True)[:SLOWEST]:
            print(f"    {seconds[index]:6.2f} s  cell {index + 1:3}  {first_line(cells[index])[:80]}")


if __name__ == "__main__":
    main(sys.argv[1:])
