"""A sweep on a cluster: other processes give the numbers that this one gives.

Each cluster has a fresh environment, with this one's NumPy, because another one may round otherwise.
"""

import os
import shutil
import subprocess

import numpy
from cluster_sweep import run
from test_anywhere import make_place

from project import ROOT

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
        print(run(Deadly, map=client.get_executor().map))
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
    done = subprocess.run([*command, "script.py"], cwd=folder, env=programs, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_dask(tmp_path):
    said = said_by(ON_DASK, tmp_path, ["distributed==2026.8.0"], ["python"])
    assert said == ["3 processes", run(at_once=5), "KilledWorker, 0 runs kept"]


def test_mpi(tmp_path):
    said = said_by(
        ON_MPI, tmp_path, ["mpi4py==4.1.2", "mpich==5.0.2"], ["mpiexec", "-n", "3", "python", "-m", "mpi4py.futures"]
    )
    assert said == ["3 processes", run(at_once=5)]
