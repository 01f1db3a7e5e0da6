"""A class on a real JupyterHub: an assignment goes out, comes back, is graded, and its feedback is read.

The hub, its proxy, everybody's server and nbgrader's exchange are real. The users are not: a test makes none on this
system, so all servers run as who runs the test, each with a home of its own, where nbgrader reads the student's name.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import nbformat
import pytest
from test_anywhere import make_place
from test_classroom import cell_of

from assignments import graded, handed_in
from project import PATIENCE, ROOT, copy_files, free_ports, project_files, wait

JUPYTERHUB, PROXY = "jupyterhub==6.1.1", "configurable-http-proxy@5.3.0"
NAME = "04_adam"  # the page's example
STUDENTS = ("ada", "blaise", "carl")

SETTINGS = """
c.JupyterHub.bind_url = "http://127.0.0.1:{0}"
c.JupyterHub.hub_port = {1}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{2}"
c.ConfigurableHTTPProxy.should_start = False  # the hub would wait ten seconds for it, and no more
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "{token}"
c.Authenticator.allowed_users = {users}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{homes}/{{username}}"
c.Spawner.args = ["--allow-root"]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = c.LocalProcessSpawner.interrupt_timeout = {patience}
c.JupyterHub.services = [{{"name": "test", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{"name": "test", "scopes": ["admin:servers", "access:servers"], "services": ["test"]}}]
"""


class Hub(NamedTuple):
    """A hub that runs: where its users' homes are, its address, and what opens every door of it."""

    homes: Path
    url: str
    token: str

    def ask(self, path, content=None, method=None):
        """Ask the hub, or somebody's server on it."""
        data = None if content is None else json.dumps(content).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        with urlopen(Request(self.url + path, data, headers, method=method), timeout=PATIENCE) as answer:
            return answer.read().decode()

    def start(self, user):
        """Start a user's server, and follow its start to the end."""
        self.ask(f"hub/api/users/{user}/server", {})
        assert '"ready": true' in self.ask(f"hub/api/users/{user}/server/progress")

    def press(self, user, button):
        """Send what a button of the Assignment List or the Formgrader sends."""
        said = json.loads(self.ask(f"user/{user}/{button}", {"course_id": "adam", "assignment_id": NAME}))
        assert said["success"], said


def prepare(homes, environment, exchange):
    """Type what the page says, but for what is fetched from elsewhere and for the machine's own folders."""
    copy_files([name for name in project_files() if name.startswith("classroom/")], homes / "prof" / "course")
    page = (ROOT / "classroom" / "hub" / "README.md").read_text(encoding="utf-8")
    lines = re.search(r"## One machine.+?```bash\n(.+?)```", page, re.DOTALL)[1].splitlines()
    typed = "\n".join(line for line in lines if not re.search("git clone|pip install|tljh-config", line))
    system = {"/usr/local/share/nbgrader/exchange": exchange, "/opt/tljh/user": environment, "sudo ": ""}
    for theirs, ours in system.items():
        assert theirs in typed
        typed = typed.replace(theirs, str(ours))
    variables = os.environ | {"HOME": str(homes / "prof")}
    subprocess.run(["bash", "-ec", typed], env=variables, cwd=homes, check=True, stdout=subprocess.DEVNULL)
    with (environment / "etc" / "jupyter" / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"c.Exchange.root = {str(exchange)!r}\n")
    for user in STUDENTS:
        settings = homes / user / ".jupyter" / "nbgrader_config.py"
        settings.parent.mkdir(parents=True)
        settings.write_text(f"c.CourseDirectory.student_id = {user!r}\n", encoding="utf-8")


def answers(url):
    try:
        urlopen(url, timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def alive(folder):
    """Say whether a process still runs that was started from a folder's programs, or with its files."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just gone
            if os.fsencode(folder) in line.read_bytes():
                return True
    return False


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    if shutil.which("npm") is None:
        pytest.skip("no npm found: install it (on Debian: apt-get install npm)")
    folder = tmp_path_factory.mktemp("hub")
    place = make_place(folder, "hub", "-r", "classroom/requirements.txt", JUPYTERHUB, cwd=ROOT)
    programs = place.python.parent
    subprocess.run(["npm", "install", "--silent", "--prefix", folder, PROXY], check=True)
    prepare(folder / "homes", programs.parent, folder / "exchange")

    ports = free_ports(3)
    made = Hub(folder / "homes", f"http://127.0.0.1:{ports[0]}/", secrets.token_hex(16))
    users = {"prof", *STUDENTS}
    settings = SETTINGS.format(*ports, token=made.token, users=users, homes=made.homes, patience=PATIENCE)
    (folder / "jupyterhub_config.py").write_text(settings, encoding="utf-8")
    proxy = [folder / "node_modules" / ".bin" / "configurable-http-proxy", "--ip=127.0.0.1", f"--port={ports[0]}"]
    proxy += ["--api-ip=127.0.0.1", f"--api-port={ports[2]}", f"--default-target=http://127.0.0.1:{ports[1]}"]
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    variables = place.variables() | {"PATH": path, "CONFIGPROXY_AUTH_TOKEN": made.token}
    with (folder / "hub.log").open("w", encoding="utf-8") as log:
        started = []
        try:
            for command in (proxy, [programs / "jupyterhub"]):
                started.append(subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log))
            wait(lambda: answers(f"{made.url}hub/api/"), *started)
            yield made
        finally:
            for process in reversed(started):  # the hub first: it ends everybody's server
                process.terminate()
                process.wait(PATIENCE)
    wait(lambda: not alive(folder))  # a kernel goes when it sees that its server has gone


def test_a_teacher_s_new_terminal_finds_nbgrader_and_no_student_moves_the_course(hub):
    variables = {"HOME": str(hub.homes / "prof")}  # and no PATH of ours: /etc/profile of Debian sets it anew
    command = ["bash", "-lc", "command -v nbgrader"]
    found = subprocess.run(command, env=variables, capture_output=True, text=True).stdout
    assert found.startswith(str(hub.homes.parent))
    assert (hub.homes.parent / "exchange").stat().st_mode & stat.S_ISVTX


def test_an_assignment_goes_the_whole_round(hub, tab):
    right, points = handed_in(NAME), graded(NAME)
    marks = {"ada": points["hand-1-test"] + points["hand-1-averages"], "blaise": 0, "carl": sum(points.values())}
    hub.start("prof")
    for button in ("assign", "release"):
        hub.press("prof", f"formgrader/api/assignment/{NAME}/{button}")

    # Ada has a browser, and fills in one answer.
    tab.goto(f"{hub.url}hub/login")
    tab.get_by_label("Username").fill("ada")
    tab.get_by_label("Password").fill(hub.token)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_text("Nbgrader", exact=True).click()
    tab.get_by_text("Assignment List", exact=True).click()
    tab.get_by_role("button", name="Fetch", exact=True).click()
    tab.get_by_role("tabpanel", name="Assignments").get_by_role("button", name=NAME).click()
    tab.locator(".nested_list_item a", has_text=NAME).click()
    tab.locator(".jp-CodeCell .cm-content", has_text="step_1 = ...").click()
    tab.keyboard.press("Control+A")
    tab.keyboard.insert_text(cell_of(right, "hand-1").source)
    tab.keyboard.press("Control+S")
    wait(lambda: "both_steps()" in (hub.homes / "ada" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    tab.get_by_role("tab", name="Assignments").click()
    tab.get_by_role("button", name="Submit").click()
    tab.get_by_role("button", name="Fetch Feedback").wait_for()

    # The others send what her browser sends. Blaise's one answer is wrong, and Carl has all right.
    for user in ("blaise", "carl"):
        hub.start(user)
        hub.press(user, "assignments/fetch")
        file = f"user/{user}/api/contents/{NAME}/{NAME}.ipynb"
        notebook = nbformat.from_dict(json.loads(hub.ask(file))["content"])
        cell_of(notebook, "hand-1").source = "step_1 = [1] * 6"
        hub.ask(file, {"type": "notebook", "content": {"blaise": notebook, "carl": right}[user]}, method="PUT")
        hub.press(user, "assignments/submit")

    hub.press("prof", f"formgrader/api/assignment/{NAME}/collect")
    for user in STUDENTS:
        hub.press("prof", f"formgrader/api/submission/{NAME}/{user}/autograde")
    submitted = json.loads(hub.ask(f"user/prof/formgrader/api/submissions/{NAME}"))
    assert {one["student"]: one["score"] for one in submitted} == marks
    for button in ("generate_feedback", "release_feedback"):
        hub.press("prof", f"formgrader/api/assignment/{NAME}/{button}")

    tab.get_by_role("button", name="Fetch Feedback").click()
    tab.get_by_text("(view feedback)").click()
    tab.get_by_text(f"{NAME}.html").dblclick()
    tab.frame_locator("iframe").get_by_text(f"(Score: {marks['ada']:.1f} / 20.0)").wait_for()
    for user in ("blaise", "carl"):
        hub.press(user, "assignments/fetch_feedback")
        (page,) = (hub.homes / user / NAME / "feedback").glob("*/*.html")
        assert f"(Score: {marks[user]:.1f} / 20.0)" in page.read_text(encoding="utf-8")
