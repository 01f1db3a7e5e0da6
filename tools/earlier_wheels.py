"""Add adamlib's wheels of earlier releases to a built site: a notebook that was kept asks for the one of its time.

    python tools/earlier_wheels.py SITE

A release is a tag of this clone like v0.1.0. publish.yml runs this with every publication.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def add(wheels):
    """Build what is missing in a folder of wheels; return the versions."""
    asked = ["git", "tag", "--list", "v*"]
    tags = subprocess.run(asked, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    missing = [tag for tag in tags if not list(wheels.glob(f"*-{tag[1:]}-py3-none-any.whl"))]
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels]
    for tag in missing:
        subprocess.run([*pip, f"git+{ROOT.as_uri()}@{tag}"], check=True)
    return [tag[1:] for tag in missing]


if __name__ == "__main__":
    print(", ".join(add(Path(sys.argv[1], "wheels").absolute())) or "Nothing is missing.")
