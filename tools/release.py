"""Write the book's version, or its two addresses, wherever they stand: for a release, or to make a copy your own.

    python tools/release.py 0.2.0
    python tools/release.py --addresses https://github.com/ada/adam-step-by-step https://ada.github.io/adam-step-by-step/

adamlib/__init__.py holds the version and _config.yml the addresses of the repository and of the site. The other files
repeat them: the first cell of each chapter and assignment, the README, what a teacher clones, and what names the book
to others. A release has its entry in CHANGELOG.md first. You can run this again, with the same arguments or others.
Everything is checked before anything is written.
"""

import argparse
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The files that hold a version or addresses come last: were the writing interrupted, a second run would still know the
# old ones.
FILES = ["chapters/*.ipynb", "classroom/source/*/*.ipynb", "classroom/hub/image/requirements.txt"]
FILES += ["classroom/hub/README.md", "teaching/setup.md", "README.md", "index.md"]
FILES += ["CHANGELOG.md", "CITATION.cff", "pyproject.toml", "adamlib/__init__.py", "_config.yml"]

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
REPOSITORY = re.compile(r"https://github\.com/[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.+$)[\w.-]{1,100}", re.ASCII)
SITE = re.compile(r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?/(?:[\w.~-]+/)*", re.ASCII)
STORED = {
    "version": ("adamlib/__init__.py", '__version__ = ""', re.compile(r'^__version__ = "(\S+)"$', re.MULTILINE)),
    "repository": ("_config.yml", "repository: url:", re.compile(r"^repository:\n(?: .*\n)*?  url: (\S+)$", re.M)),
    "site": ("_config.yml", "html: baseurl:", re.compile(r"^html:\n(?: .*\n)*?  baseurl: (\S+)$", re.MULTILINE)),
}
# How a version stands in each kind of file.
VERSIONED = {
    ".ipynb": "{site}wheels/adam_step_by_step-{version}-py3-none-any.whl",
    ".txt": "{site}wheels/adam_step_by_step-{version}-py3-none-any.whl",
    ".cff": "\nversion: {version}\n",
    ".py": '\n__version__ = "{version}"\n',
}
NEEDED = r'adamlib\.at_least\(\\"[\d.]+\\"\)'  # what a chapter's first cell asks for, as a notebook's file has it


class Refused(Exception):
    """What is wrong with what was asked for, or with a file."""


def checked_version(version, present):
    """Return a version of three numbers that is not older than the present one."""
    if not VERSION.fullmatch(version):
        raise Refused(f"The version {version!r} is not of the form 1.2.3.")
    if tuple(map(int, version.split("."))) < tuple(map(int, present.split("."))):
        raise Refused(f"The version {version} is older than {present}, which stands in adamlib/__init__.py.")
    return version


def checked_addresses(repository, site):
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


def stored(root, texts):
    """Read the version and the addresses that the files hold."""
    found = {}
    for name, (file, key, pattern) in STORED.items():
        match = pattern.search(texts.get(root / file, ""))
        if not match:
            raise Refused(f"{file} has no {key} any more, so the old {name} is not known. Put it back.")
        found[name] = match[1]
    return found


def replaced(text, old, new):
    """Put the new addresses in the place of the old ones, in one pass."""
    names = {old[name]: name for name in ("repository", "site")}
    repository = re.escape(old["repository"]) + r"(?![\w-]|\.\w)"  # not the beginning of a longer name
    return re.sub(f"{repository}|{re.escape(old['site'])}", lambda found: new[names[found[0]]], text)


def rewritten(path, text, old, new):
    """Return the text of a file with what is new in it. Raise if it did not have what is old."""
    text = replaced(text, old, new)
    text = re.sub(NEEDED, lambda found: f'adamlib.at_least(\\"{new["version"]}\\")', text)
    if form := VERSIONED.get(path.suffix):
        wanted = form.format(**new)
        text = text.replace(form.format(**new | {"version": old["version"]}), wanted)
        if wanted not in text:
            raise Refused(
                f"{path.name} does not have {form.format(**old).strip()}, as adamlib/__init__.py and _config.yml say. "
                "Make them agree, and run this again."
            )
    return text


def released(text, version):
    """Return the changelog with its first entry released. Raise if that is not this version's."""
    entry = f"\n## {version}\n"
    text = text.replace(f"\n## {version} (unreleased)\n", entry)
    if text.find(entry) == -1 or text.find(entry) != text.find("\n## "):
        raise Refused(
            f"CHANGELOG.md does not begin with an entry '## {version}'. Write what is new, and run this again."
        )
    return text


def release(root, version=None, addresses=()):
    """Write a version, or a repository and a site, into every file under root that has the old; return their names."""
    paths = [path for pattern in FILES for path in sorted(root.glob(pattern))]
    texts = {path: path.read_bytes().decode("utf-8") for path in paths}
    old = stored(root, texts)
    new = old | (checked_addresses(*addresses) if addresses else {})
    if version:
        new["version"] = checked_version(version, old["version"])
    written = {path: rewritten(path, text, old, new) for path, text in texts.items()}
    if version:
        written[root / "CHANGELOG.md"] = released(written[root / "CHANGELOG.md"], version)
    changed = [path for path in paths if written[path] != texts[path]]
    for path in changed:
        part = path.with_name(path.name + ".part")
        part.write_bytes(written[path].encode("utf-8"))
        os.replace(part, path)  # a file is either the old one or the new one, never half of it
    return [path.relative_to(root).as_posix() for path in changed]


def main(arguments):
    """Set what was asked for; return 0, or 1 with a message and every file as it was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", nargs="?")
    parser.add_argument("--addresses", nargs=2, default=(), metavar=("REPOSITORY", "SITE"))
    asked = parser.parse_args(arguments)
    if not asked.version and not asked.addresses:
        parser.print_help()
        return 1
    try:
        changed = release(ROOT, asked.version, asked.addresses)
    except (Refused, OSError, UnicodeDecodeError) as error:
        print(f"{error}\nNothing was changed." if isinstance(error, Refused) else f"{error}\nRun this again.")
        return 1
    print("\n".join(["Changed:", *changed]) if changed else "All of it stands everywhere already.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
