"""The site's own copy of adamlib: a wheel that any Jupyter, on any machine, can install from the site's address."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sphinx.errors import ExtensionError

from book import LATE

SOURCES = ["pyproject.toml", "README.md", "LICENSE-CODE", "adamlib"]
# The backend that pyproject.toml names, called without pip, which would fetch another copy of it.
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def wheel_name(root):
    """Return the file name of the wheel of this version."""
    version = re.search(r'^__version__ = "(.+)"', (root / "adamlib" / "__init__.py").read_text(encoding="utf-8"), re.M)[
        1
    ]
    return f"adam_step_by_step-{version}-py3-none-any.whl"


def build_wheel(root, folder):
    """Build adamlib's wheel into a folder and return its path. The same sources give the same bytes."""
    target = folder / wheel_name(root)
    with tempfile.TemporaryDirectory() as temporary:
        # In a copy: setuptools leaves folders beside the sources, and packs what it finds in those of an earlier build.
        copy, made = Path(temporary, "copy"), Path(temporary, "made")
        copy.mkdir()
        for name in SOURCES:
            if (root / name).is_dir():
                shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            else:
                shutil.copy(root / name, copy / name)
        done = subprocess.run(
            [sys.executable, "-c", BUILD, str(made)], cwd=copy, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=os.environ | {"SOURCE_DATE_EPOCH": "315532800"},  # 1980, where the dates of a zip file begin
        )  # fmt: skip
        if done.returncode != 0 or not (made / target.name).is_file():
            raise ExtensionError(f"adamlib's wheel {target.name} could not be built:\n{done.stdout[-2000:]}")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(made / target.name, target)
    return target


def publish(app, exception):
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir) / "wheels"
        shutil.rmtree(folder, ignore_errors=True)  # an earlier version would stay beside this one
        build_wheel(Path(app.srcdir), folder)


def setup(app):
    app.connect("build-finished", publish, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
