"""The stage: the real data of the chapters, carried in the package."""

import csv
from importlib.resources import files
from typing import NamedTuple

import numpy as np


class Temperatures(NamedTuple):
    """Days as datetime64[D], and the maximum temperature of each day in degrees Celsius."""

    dates: np.ndarray
    maximum: np.ndarray


def seattle_temperatures():
    """Load the daily maximum temperatures of Seattle in 2012.

    Returns:
        Temperatures(dates, maximum), two arrays of shape (366,), the second in float64.

    Example:
        >>> temperatures = seattle_temperatures()
        >>> str(temperatures.dates[0]), float(temperatures.maximum[0])
        ('2012-01-01', 12.8)

    Source:
        NOAA (public domain), as collected in seattle-weather.csv of the package vega_datasets;
        `data/README.md` says how the file was made.
    """
    with (files("adamlib") / "data" / "seattle_2012.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    dates = np.array([row["date"] for row in rows], dtype="datetime64[D]")
    return Temperatures(dates, np.array([float(row["temp_max"]) for row in rows]))
