"""The real data: complete, in order, as the source has them."""

import numpy as np

from adamlib.datasets import seattle_temperatures


def test_every_day_of_2012_once():
    dates, maximum = seattle_temperatures()
    assert np.array_equal(dates, np.arange("2012-01-01", "2013-01-01", dtype="datetime64[D]"))
    assert maximum.shape == (366,) and maximum.dtype == np.float64


def test_the_numbers_of_the_source():
    _, maximum = seattle_temperatures()
    assert maximum[:4].tolist() == [12.8, 10.6, 11.7, 12.2]
    assert maximum[-1] == 3.3 and maximum.max() == 34.4 and maximum.min() == -1.1
    assert round(maximum.sum(), 1) == 5591.3


def test_two_calls_share_nothing():
    first, second = seattle_temperatures(), seattle_temperatures()
    first.maximum[:] = 0
    assert second.maximum[0] == 12.8
