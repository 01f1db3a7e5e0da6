"""Run chapters again with other seeds, and tell which of their assertions hold.

    python tools/fresh_seeds.py                 all chapters, with the seeds 1000, 1001, ... for 0, 1, ...
    python tools/fresh_seeds.py 05 06           those whose file name starts so
    python tools/fresh_seeds.py 06 --block 2    with the seeds 2000, 2001, ...

What a chapter says of methods holds with any seeds. So every assertion is asked again, but those whose line ends in
`# these seeds`: they repeat a number that the text gives for the seeds it names. What stays is what is no matter of
luck: the digits, the two moons, the explorers' own noise. The stored runs of chapters 5 and 6 are made anew, a minute
or two, except for block 1, which is stored too. A line is printed for each cell with assertions, with its paired wins;
if one that must hold fails, the exit code is 1.

A chapter that holds with block 1 is written down in fresh_seeds.txt: see held.py.
"""

import argparse
import ast
import contextlib
import functools
import io
import sys
from pathlib import Path
from typing import NamedTuple

import matplotlib
import nbformat
from IPython.core.inputtransformer2 import TransformerManager

import held
import sweep_schedules
import sweep_settings
from adamlib import datasets, tuning
from other_seeds import other_seeds

MARK = "# these seeds"
HELD = Path(__file__).with_suffix(".txt")


class Asked(NamedTuple):
    """What became of a cell's assertions: those that failed, and the counts of its paired wins."""

    cell: int
    title: str
    assertions: int
    marked: list
    failed: list
    wins: list


class Asking(ast.NodeTransformer):
    """Let an assertion tell whether it holds, and not stop the run."""

    def visit_Assert(self, node):
        told = ast.Call(ast.Name("_told", ast.Load()), [ast.Constant(ast.unparse(node.test)), node.test], [])
        return ast.copy_location(ast.Expr(told), node)


@contextlib.contextmanager
def fresh(block, wins):
    """Draw from a block of seeds, look up its stored runs, and note the counts of all paired wins."""
    compare, tools = tuning.paired_wins, (sweep_settings.STORED, sweep_schedules.STORED)
    look_up = [getattr(datasets, stored.reader) for stored in tools]

    def paired_wins(*rows):
        found = compare(*rows)
        wins.append(f"{found.lower}:{found.higher}")
        return found

    tuning.paired_wins = paired_wins
    for stored in tools:
        setattr(datasets, stored.reader, functools.partial(stored.read, block))
    try:
        with other_seeds(block), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        tuning.paired_wins = compare
        for stored, reader in zip(tools, look_up, strict=True):
            setattr(datasets, stored.reader, reader)


def ask(path, block):
    """Run a chapter with a block of seeds; return an `Asked` for each cell that asserts."""
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    asked, wins, told = [], [], {}
    names = {
        "__name__": "__main__",
        "_told": lambda test, held: told.update({test: told.get(test, True) and bool(held)}),
    }
    with fresh(block, wins):
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells, start=1):
            if cell.cell_type != "code":
                continue
            tree = ast.parse(TransformerManager().transform_cell(cell.source))
            lines = cell.source.splitlines()
            asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
            marked = [ast.unparse(n.test) for n in asserts if lines[n.end_lineno - 1].endswith(MARK)]
            wins.clear(), told.clear()
            exec(compile(ast.fix_missing_locations(Asking().visit(tree)), f"cell {number}", "exec"), names)
            plt.close("all")
            if asserts:
                failed = [test for test, held in told.items() if not held]
                asked.append(Asked(number, lines[0], len(asserts), marked, failed, list(wins)))
    return asked


def tell(asked):
    """Print a line for a cell and one for each assertion that fails; return whether all that must hold do."""
    broken = [test for test in asked.failed if test not in asked.marked]
    print(f"  cell {asked.cell:3}  {'FAILS' if broken else 'holds'}  {asked.assertions} assertions  {asked.title}")
    if asked.wins:
        print(f"            lower:higher of pairs  {' '.join(asked.wins)}")
    for test in asked.failed:
        print(f"            {'FAILS' if test in broken else 'of its own seeds'}: {test}")
    return not broken


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", help="how their file names start")
    parser.add_argument("--block", type=int, default=1)
    asked = parser.parse_args(arguments)
    paths = held.chosen(asked.chapters)
    holds = bool(paths)
    for path in paths:
        print(f"{path.name}, block {asked.block}")
        this = all([tell(cell) for cell in ask(path, asked.block)])
        if asked.block == 1:
            held.write_down(HELD, path, this)
        holds &= this
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
