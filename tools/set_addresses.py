"""Make a published copy of this book your own: write its two addresses wherever they stand.

    python tools/set_addresses.py REPOSITORY SITE
    python tools/set_addresses.py https://github.com/ada/adam-step-by-step https://ada.github.io/adam-step-by-step/

_config.yml holds the addresses, and the site's buttons are made from it. The other files repeat them: the first cell
of each chapter and assignment, the README, what a teacher clones, and what names the book to others. You can run this
again, with the same addresses or others. Everything is checked before anything is written.
"""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# _config.yml comes last: were the writing interrupted, a second run would still know the old addresses.
FILES = ["chapters/*.ipynb", "classroom/source/*/*.ipynb", "teaching/setup.md", "README.md", "index.md"]
FILES += ["CITATION.cff", "pyproject.toml", "_config.yml"]

REPOSITORY = re.compile(r"https://github\.com/[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.+$)[\w.-]{1,100}", re.ASCII)
SITE = re.compile(r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?/(?:[\w.~-]+/)*", re.ASCII)
STORED = {
    "repository": re.compile(r"^repository:\n(?: .*\n)*?  url: (\S+)$", re.MULTILINE),
    "site": re.compile(r"^html:\n(?: .*\n)*?  baseurl: (\S+)$", re.MULTILINE),
}


class Refused(Exception):
    """What is wrong with what was asked for, or with a file."""


def checked(repository, site):
    """Return both addresses in the form in which they are written."""
    repository = repository.removesuffix("/").removesuffix(".git")
    if not REPOSITORY.fullmatch(repository):
        raise Refused(
            f"The repository {repository!r} is not of the form https://github.com/OWNER/NAME. "
            "It must be on GitHub, from where Colab opens notebooks."
        )
    site = site if site.endswith("/") else site + "/"
    if not SITE.fullmatch(site) or site.startswith("https://github.com/"):
        raise Refused(f"The site {site!r} is not of the form https://HOST/ or https://HOST/FOLDER/, as in the example.")
    return {"repository": repository, "site": site}


def stored(config):
    """Read the addresses that _config.yml holds."""
    found = {name: pattern.search(config) for name, pattern in STORED.items()}
    for name, key in (("repository", "repository: url:"), ("site", "html: baseurl:")):
        if not found[name]:
            raise Refused(f"_config.yml has no {key} any more, so the {name}'s old address is not known. Put it back.")
    return {name: match[1] for name, match in found.items()}


def replaced(text, old, new):
    """Put the new addresses in the place of the old ones, in one pass."""
    names = {address: name for name, address in old.items()}
    repository = re.escape(old["repository"]) + r"(?![\w-]|\.\w)"  # not the beginning of a longer name
    return re.sub(f"{repository}|{re.escape(old['site'])}", lambda found: new[names[found[0]]], text)


def set_addresses(root, repository, site):
    """Write the addresses into every file under root that has the old ones; return the names of those files."""
    new = checked(repository, site)
    paths = [path for pattern in FILES for path in sorted(root.glob(pattern))]
    texts = {path: path.read_bytes().decode("utf-8") for path in paths}
    if root / "_config.yml" not in texts:
        raise Refused(f"There is no _config.yml in {root}.")
    old = stored(texts[root / "_config.yml"])
    written = {path: replaced(text, old, new) for path, text in texts.items()}
    for path, text in written.items():
        if path.suffix == ".ipynb" and f"{new['site']}wheels/" not in text:
            raise Refused(
                f"The first cell of {path.name} does not install from {old['site']}wheels/, the site of _config.yml. "
                "Make the two agree, and run this again."
            )
    changed = [path for path in paths if written[path] != texts[path]]
    for path in changed:
        part = path.with_name(path.name + ".part")
        part.write_bytes(written[path].encode("utf-8"))
        os.replace(part, path)  # a file is either the old one or the new one, never half of it
    return [path.relative_to(root).as_posix() for path in changed]


def main(arguments):
    """Set the addresses; return 0, or 1 with a message and every file as it was."""
    if len(arguments) != 2:
        print(__doc__)
        return 1
    try:
        changed = set_addresses(ROOT, *arguments)
    except (Refused, OSError, UnicodeDecodeError) as error:
        print(f"{error}\nNothing was changed." if isinstance(error, Refused) else f"{error}\nRun this again.")
        return 1
    print("\n".join(["Changed:", *changed]) if changed else "These addresses stand everywhere already.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
