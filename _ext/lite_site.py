"""Put JupyterLite together, offline: its pages, its notebooks, and the Python packages that the chapters import.

JupyterLite's own builder takes a missing extension, a malformed configuration or an empty folder of notebooks without
a word. So all of these are written here, and what it made is checked before it is published.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path, PurePosixPath

from sphinx.errors import ExtensionError

# The Pyodide that the pinned JupyterLite kernel was tried with. The browser fetches it when a reader comes in, with
# packages that are compiled already (its changelog, 0.23.0): compiling takes a third of the time to the first output.
PYODIDE = "0.27.7"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/pyc/"
CORE = ["pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"]
# Pyodide loads these before the first cell runs, all at once: its own packages that the kernel and the chapters
# import, and of this environment those that it lacks.
PACKAGES = ["ssl", "sqlite3", "jedi", "ipython", "micropip", "numpy", "matplotlib"]
DISTRIBUTIONS = ["anywidget", "comm", "ipywidgets", "psygnal", "typing_extensions"]
EXTENSIONS = ["@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager", "anywidget"]
APPS = ["notebooks", "tree"]  # one notebook, and the list of all: there an earlier version's saved copy is found
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# On a notebook's page: say what cannot be fetched or kept, and start Python early.
SCRIPTS = [Path(__file__).with_name(name) for name in ("lite_trouble.js", "lite_start.js")]
# Pyodide takes a wheel's address from where the kernel's worker lies.
WORKER = PurePosixPath("lite/extensions/@jupyterlite/pyodide-kernel-extension/static")
TO_SITE = "../" * len(WORKER.parts)
COMPILED = (".so", ".pyd", ".pyc")
BOOK = "Adam, step by step"


def build_lite(notebooks, site, pyodide=None):
    """Write JupyterLite into the folder `lite` of a built site, and return that folder.

    `notebooks` maps names to notebooks. `pyodide` is a folder with a Pyodide distribution; without one, it comes from
    its CDN.
    """
    if pyodide:
        check_pyodide(pyodide)
    own = sorted((site / "wheels").glob("*.whl"))
    if len(own) != 1:
        raise ExtensionError(f"JupyterLite needs adamlib's wheel, and {site / 'wheels'} has {len(own)} wheels")
    if not notebooks:
        raise ExtensionError("JupyterLite would be empty: the book has no page but its home page")
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary, "made")
        wheels = made / "wheels"
        run_builder(Path(temporary), made)
        check_builder(made)
        wheels.mkdir()
        for name in DISTRIBUTIONS:
            repack(name, wheels)
        loaded = [f"{TO_SITE}lite/wheels/{wheel.name}" for wheel in sorted(wheels.iterdir())]
        loaded.append(f"{TO_SITE}wheels/{own[0].name}")
        if pyodide:
            shutil.copytree(pyodide, made / "pyodide")
        configure(made / "jupyter-lite.json", loaded, "./pyodide/" if pyodide else CDN)
        for name, notebook in notebooks.items():
            write_json(made / "files" / name, notebook)
        list_contents(made)
        add_scripts(made / "notebooks" / "index.html")
        lite = site / "lite"
        shutil.rmtree(lite, ignore_errors=True)
        shutil.move(made, lite)
    return lite


def run_builder(folder, made):
    """Let JupyterLite's builder lay its pages. It takes every extension that it finds, unless they are named."""
    installed = Path(sys.prefix, "share", "jupyter", "labextensions")
    if missing := [name for name in EXTENSIONS if not (installed / name / "package.json").is_file()]:
        raise ExtensionError(f"JupyterLite lacks {', '.join(missing)} in {installed}: pip install -r requirements.txt")
    options = {
        "apps": APPS,
        "output_dir": str(made),
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "ignore_sys_prefix": True,
        "federated_extensions": [str(installed / name) for name in EXTENSIONS],
    }
    write_json(folder / "jupyter_lite_config.json", {"LiteBuildConfig": options})  # read in the current folder only
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlite_core", "build"], cwd=folder, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise ExtensionError(f"JupyterLite could not be built:\n{done.stdout[-2000:]}")


def check_builder(made):
    """Raise unless the builder laid every part that a reader's browser will ask for, and no source maps."""
    try:
        settings = json.loads((made / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
        bundled = settings["federated_extensions"]
        loaded = {one["name"]: made / "extensions" / one["name"] / one["load"] for one in bundled}
    except (OSError, ValueError, KeyError) as error:
        raise ExtensionError(f"JupyterLite's settings in jupyter-lite.json cannot be read: {error!r}") from None
    if sorted(loaded) != sorted(EXTENSIONS):
        raise ExtensionError(f"JupyterLite has the extensions {sorted(loaded)}, and should have {sorted(EXTENSIONS)}")
    parts = [*loaded.values(), *(made / app / "index.html" for app in APPS), made / WORKER.relative_to("lite")]
    if missing := [path.relative_to(made).as_posix() for path in parts if not path.exists()]:
        raise ExtensionError(f"JupyterLite was built without {', '.join(missing)}")
    if maps := list(made.rglob("*.map")):
        raise ExtensionError(f"JupyterLite was built with {len(maps)} source maps")


def repack(name, folder):
    """Make a wheel again from an installed distribution: what pip brought is what readers get, without a network.

    Compiled parts are left out. Where a distribution has them, its Python files do the same.
    """
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise ExtensionError(f"JupyterLite lacks {name}: pip install -r requirements.txt") from None
    wheel = folder / f"{re.sub('[-.]+', '_', found.metadata['Name'])}-{found.version}-py3-none-any.whl"
    left_out = ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json")
    files = {}
    for path in found.files or []:
        information = path.parts[0].endswith(".dist-info")
        if ".." in path.parts or path.suffix in COMPILED or (information and path.name in left_out):
            continue
        files[path.as_posix()] = found.locate_file(path).read_bytes()
        if information:
            about = path.parts[0]
    files[f"{about}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: repacked\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [f"{path},sha256={digest(content)},{len(content)}" for path, content in sorted(files.items())]
    files[f"{about}/RECORD"] = "\n".join([*record, f"{about}/RECORD,,", ""]).encode()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            # With one date for all, the same files give the same bytes.
            archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)


def digest(content):
    """Return a checksum as a wheel's RECORD has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def check_pyodide(folder):
    """Raise unless the folder holds the right Pyodide, whole, with all that is loaded before the first cell."""
    if missing := [name for name in CORE if not (folder / name).is_file()]:
        raise ExtensionError(f"lite_pyodide: {folder} has no {', '.join(missing)}. It must hold Pyodide {PYODIDE}")
    try:
        lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ExtensionError(f"lite_pyodide: the lock file in {folder} cannot be read: {error}") from None
    if lock["info"]["version"] != PYODIDE:
        raise ExtensionError(f"lite_pyodide: {folder} has Pyodide {lock['info']['version']}, and not {PYODIDE}")
    wanted, seen = list(PACKAGES), set()
    while wanted:
        name = re.sub("[-_.]+", "-", wanted.pop().lower())
        if name in seen:
            continue
        seen.add(name)
        if name not in lock["packages"]:
            raise ExtensionError(f"lite_pyodide: the lock file in {folder} does not know {name}")
        package = lock["packages"][name]
        path = folder / package["file_name"]
        if not path.is_file():
            raise ExtensionError(f"lite_pyodide: {path} is missing")
        if hashlib.sha256(path.read_bytes()).hexdigest() != package["sha256"]:
            raise ExtensionError(f"lite_pyodide: {path} is not what the lock file says: another checksum")
        wanted += package["depends"]


def configure(path, loaded, pyodide):
    """Add the book's settings to those that the builder wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    settings = content["jupyter-config-data"]
    settings["appName"] = BOOK
    settings["appUrl"] = "./tree"
    # Where the browser keeps nothing, notebooks still open and run; lite_trouble.js tells the reader.
    settings["enableMemoryStorage"] = True
    settings["exposeAppInBrowser"] = True  # as window.jupyterapp, which lite_start.js and the tests ask
    settings["disabledExtensions"] = ["@jupyter-notebook/notebook-extension:tab-icon"]  # its icons are not there
    settings["settingsOverrides"] = {"@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 30}}
    kernel = settings["litePluginSettings"][KERNEL]
    kernel["pyodideUrl"] = f"{pyodide}pyodide.js"
    kernel["loadPyodideOptions"] = {"packages": [*PACKAGES, *loaded]}
    write_json(path, content)


def list_contents(made):
    """Write the lists of files that JupyterLite reads, one for each folder."""
    now = datetime.now(timezone.utc).isoformat()
    files = made / "files"
    for folder in [files, *(path for path in files.rglob("*") if path.is_dir())]:
        entries = []
        for path in sorted(folder.iterdir()):
            entry = {"name": path.name, "path": path.relative_to(files).as_posix(), "size": path.stat().st_size}
            entry |= {"created": now, "last_modified": now, "writable": True}
            entry |= {"format": None, "mimetype": None, "content": None}
            entries.append(entry | {"type": "directory" if path.is_dir() else "notebook"})
        write_json(made / "api" / "contents" / folder.relative_to(files) / "all.json", {"content": entries})


def add_scripts(page):
    """Let the page load the book's own scripts before JupyterLite's."""
    text = page.read_text(encoding="utf-8")
    if text.count("</head>") != 1:
        raise ExtensionError(f"{page.name} of JupyterLite is not as expected: its head does not end once")
    for script in SCRIPTS:
        shutil.copy(script, page.parent)
    own = "".join(f'  <script src="{script.name}"></script>\n' for script in SCRIPTS)
    page.write_text(text.replace("</head>", f"{own}  </head>"), encoding="utf-8")


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
