"""The book without Jupyter Book's command: Sphinx alone takes the same settings from the file that the command writes.

Jupyter Book 1 has no successor that reads _config.yml. What it hands to Sphinx is all that the book needs of it.
"""

import json
import subprocess
import sys

from project import copy_files, project_files

# Prints every setting of Sphinx when all extensions are loaded, as they are when the first page is read.
SETTINGS = """
import json
from sphinx.application import Sphinx
{prepare}
app = Sphinx(".", None if settings else ".", "html", "doctrees", "html", settings, status=None)
print(json.dumps([{{one.name: repr(one.value) for one in app.config}}, sorted(app.extensions)]))
"""
BY_COMMAND = """
from pathlib import Path
from jupyter_book.config import get_final_config
command = {"latex_individualpages": False}
settings, _ = get_final_config(user_yaml=Path("_config.yml"), sourcedir=Path("."), cli_config=command)
"""
BY_SPHINX = """
import sys
sys.path.insert(0, "_ext")
settings = {}
"""


def ask(folder, prepare):
    command = [sys.executable, "-c", SETTINGS.format(prepare=prepare)]
    return json.loads(subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout)


def test_sphinx_alone_has_the_settings_and_extensions_that_the_command_gives_it(tmp_path):
    copy_files([name for name in project_files() if not name.startswith(("tests/", "classroom/"))], tmp_path)
    settings, extensions = ask(tmp_path, BY_COMMAND)
    main = "from jupyter_book.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", main, "config", "sphinx", str(tmp_path)], check=True)
    own_settings, own_extensions = ask(tmp_path, BY_SPHINX)
    assert own_extensions == extensions and "lite_pages" in extensions
    assert own_settings == settings and settings["nb_execution_raise_on_error"] == "True"
