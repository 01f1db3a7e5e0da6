"""A sweep on other processes and on clusters: they give the numbers that this process gives.

Each cluster has a fresh environment, with this one's NumPy, because another one may round otherwise.
"""

import multiprocessing
import os
import shutil
import subprocess
from concurrent.futures import ProcessPoolExecutor

import numpy
import pytest
from cluster_sweep import Deadly, run
from test_anywhere import make_place

from adamlib.adam import Adam
from project import PATIENCE, ROOT

ON_DASK = """
import os

import dask
from cluster_sweep import Deadly, run
from distributed import Client, LocalCluster

if __name__ == "__main__":
    dask.config.set({"distributed.scheduler.allowed-failures": 0})  # one dead worker is enough
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, Client(cluster) as client:
        print(len({os.getpid(), *client.run(os.getpid).values()}), "processes")
        print(run(at_once=2, map=client.get_executor().map))
        print(run(Deadly, at_once=1, map=client.get_executor().map))
"""

ON_MPI = """
from cluster_sweep import run
from mpi4py.futures import MPIPoolExecutor

if __name__ == "__main__":
    with MPIPoolExecutor() as pool:
        print(pool.num_workers + 1, "processes")
        print(run(at_once=2, map=pool.map))
"""


def said_by(script, folder, packages, command):
    """Run a script in an environment with these packages, beside copies of adamlib and the sweep; return its lines."""
    place = make_place(folder, "cluster", f"numpy=={numpy.__version__}", *packages)
    shutil.copytree(ROOT / "adamlib", folder / "adamlib")
    shutil.copy(ROOT / "tests" / "places" / "cluster_sweep.py", folder)
    (folder / "script.py").write_text(script, encoding="utf-8")
    programs = place.variables() | {"PATH": f"{place.python.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [*command, "script.py"], cwd=folder, env=programs, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def pool():
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_a_process_pool_in_silence(pool, capfd):
    assert run(at_once=1, map=pool.map) == run(at_once=2, map=pool.map) == run(at_once=5)
    assert capfd.readouterr() == ("", "")


def test_a_worker_that_dies_costs_nothing_that_came_back(pool):
    def one_by_one(function, jobs):  # a pool that breaks loses what it holds
        return (pool.submit(function, job).result() for job in jobs)

    assert run(Deadly, at_once=2, map=one_by_one) == "BrokenProcessPool, 12 runs kept"


def test_what_does_not_pickle_stops_the_sweep(pool):
    assert run(settings=[Adam(lr=lambda t: 0.1)], map=pool.map).endswith("Error, 0 runs kept")


def test_dask(tmp_path):
    said = said_by(ON_DASK, tmp_path, ["distributed==2026.8.0"], ["python"])
    assert said == ["3 processes", run(at_once=5), "KilledWorker, 0 runs kept"]


def test_mpi(tmp_path):
    said = said_by(
        ON_MPI, tmp_path, ["mpi4py==4.1.2", "mpich==5.0.2"], ["mpiexec", "-n", "3", "python", "-m", "mpi4py.futures"]
    )
    assert said == ["3 processes", run(at_once=5)]
