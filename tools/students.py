"""Put what students get on the branch `students` of a repository: the chapters, adamlib, and no assignment's source.

    python tools/students.py                of the repository from which this clone came
    python tools/students.py REPOSITORY     of another, by a name or an address that git knows

The site's links for a hub and for Binder lead there, and publish.yml runs this with every publication. It takes what is
committed here and adds a commit to what the branch has, so that students' copies can follow. Where nothing is new,
nothing is pushed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BRANCH = "students"
# The chapters and the pages they lead to, what they import, and what Binder installs. All else stays behind.
WHAT = ["chapters", "notation.md", "references.md"]
WHAT += ["adamlib", "pyproject.toml", "binder", "LICENSE-CODE", "LICENSE-TEXT"]
README = """# Adam, step by step: the chapters

Open a notebook in `chapters/`. Its first cell installs the book's modules where they are missing. A figure with
controls moves when its cell has run: when you open a notebook again and read "model not found", run the cell again.

This branch is made from the book with every publication. Change the book, and not this.

Code is under the BSD 3-clause licence (LICENSE-CODE), text and figures under CC BY 4.0 (LICENSE-TEXT).
"""
AUTHOR = ["-c", "user.name=publish", "-c", "user.email=publish@localhost"]


def git(*arguments, text=None, **variables):
    """Run git in this clone and return what it prints."""
    command, environment = ["git", *arguments], os.environ | variables
    done = subprocess.run(command, cwd=ROOT, input=text, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def make_tree():
    """Write the folder of the branch into git's store, without a working copy; return its name there."""
    readme = git("hash-object", "-w", "--stdin", text=README)
    files = git("ls-tree", "-r", "-z", "HEAD", "--", *WHAT) + f"100644 blob {readme}\tREADME.md\0"
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        git("update-index", "-z", "--index-info", text=files, **index)
        return git("write-tree", **index)


def publish(repository):
    """Add a commit to the branch and push it; return its name, or nothing where the branch has all of it already."""
    tree, parent = make_tree(), []
    if git("ls-remote", repository, f"refs/heads/{BRANCH}"):
        git("fetch", "--quiet", "--no-tags", repository, f"refs/heads/{BRANCH}")
        if git("rev-parse", "FETCH_HEAD^{tree}") == tree:
            return ""
        parent = ["-p", git("rev-parse", "FETCH_HEAD")]
    message = f"The book at {git('rev-parse', '--short', 'HEAD')}"
    commit = git(*AUTHOR, "commit-tree", tree, *parent, "-m", message)
    git("push", "--quiet", repository, f"{commit}:refs/heads/{BRANCH}")
    return commit


if __name__ == "__main__":
    print(publish(*sys.argv[1:] or ["origin"]) or "Nothing is new.")
