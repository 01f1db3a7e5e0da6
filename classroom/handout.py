"""Make the repository that a class may see: the students' versions of all assignments, and nothing else.

    python handout.py FOLDER

Run it in this folder. FOLDER becomes a git repository, or gets one commit more. Push it to where your class finds it.
What students hand in goes into downloaded/ASSIGNMENT/archive, which is made here.
"""

import shutil
import subprocess
import sys
from pathlib import Path

README = """# Assignments

One folder for each assignment. Open its notebook in Jupyter, fill it in, and hand it in as your teacher asks.
"""


def main(folder):
    nbgrader = Path(sys.executable).with_name("nbgrader")
    if subprocess.run([nbgrader, "generate_assignment", "*", "--force", "--create"]).returncode:
        sys.exit("Nothing was handed out: see above.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(README, encoding="utf-8")
    for notebook in sorted(Path("release").glob("*/*.ipynb")):
        (Path("downloaded") / notebook.parent.name / "archive").mkdir(parents=True, exist_ok=True)  # for what comes in
        place = folder / notebook.parent.name
        place.mkdir(exist_ok=True)
        shutil.copy(notebook, place)
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    if subprocess.run([*git, "var", "GIT_COMMITTER_IDENT"], capture_output=True).returncode:  # git does not know you
        git += ["-c", "user.name=Teacher", "-c", "user.email=teacher@localhost"]
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message=The assignments"], check=True)
    print(f"Written: {folder.resolve()}")
    if int(Path("seed.txt").read_text(encoding="utf-8-sig")) == 0:
        print("Its numbers are the published ones, and so are their answers. Write a number of your own into seed.txt.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
