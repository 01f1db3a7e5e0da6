"""Re-execute the chapters and write them back in one normal form.

    python tools/execute_chapters.py            all chapters
    python tools/execute_chapters.py 02 04      those whose file name starts so

Every cell is run from top to bottom in a fresh kernel. What would differ between two runs, machines
or editors (timings, versions, cell ids, a kernel's name) is taken out, and what is folded is marked
for every reader's program, so a second run leaves no difference. Of a widget its picture and its
text stay. An error stops the run, names the cell and leaves the file as it was.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
# Where a widget stands: an id that is new on every run, of a model that the file does not hold.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# A tag folds a cell on the site; JupyterLab and Colab each have a name of their own for it.
FOLDS = {
    "hide-input": {"jupyter": {"source_hidden": True}, "cellView": "form"},
    "hide-cell": {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "cellView": "form"},
}


def merge_streams(outputs):
    """Join neighbouring pieces of one stream, which a kernel cuts at no fixed place."""
    merged = []
    for output in outputs:
        if merged and output.output_type == "stream" == merged[-1].output_type and output.name == merged[-1].name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def normalise(notebook):
    """Put an executed notebook into its one normal form, in place."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:03d}"
        cell.source = cell.source.rstrip()
        kept = {key: cell.metadata[key] for key in ("tags", "mystnb", "slideshow") if cell.metadata.get(key)}
        for tag in kept.get("tags", []):
            kept |= FOLDS.get(tag, {})
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = merge_streams(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
                if "metadata" in output:
                    output.metadata = nbformat.from_dict({})
                if "image/png" in output.get("data", {}):
                    output.data.pop(WIDGET_VIEW, None)
    return notebook


def execute(path):
    """Run one chapter in its own folder and write it back."""
    notebook = nbformat.read(path, as_version=4)
    began = time.perf_counter()
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=place).execute()  # for what never ends
    took = time.perf_counter() - began
    nbformat.validate(normalise(notebook))
    nbformat.write(notebook, path)
    print(f"{path.name}: {len(notebook.cells)} cells in {took:.1f} s, {path.stat().st_size / 1e6:.2f} MB")


def main(prefixes):
    """Execute the chosen chapters; return 0, or 1 with a message where one cannot be run."""
    chosen = [
        path for path in sorted(CHAPTERS.glob("*.ipynb")) if not prefixes or path.name.startswith(tuple(prefixes))
    ]
    if not chosen:
        print(f"no chapter in {CHAPTERS} starts with {' or '.join(prefixes) or 'anything'}")
        return 1
    for path in chosen:
        try:
            execute(path)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            print(f"{path.name}: a cell failed, and the file is as it was\n{error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
