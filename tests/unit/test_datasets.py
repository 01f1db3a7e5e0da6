"""The real data: complete, in order, as the source has them. The moons: as their formula says."""

import hashlib
from importlib.resources import files

import numpy as np
import pytest

from adamlib.datasets import alice, digits, seattle_temperatures, two_moons


def test_every_day_of_2012_once():
    dates, maximum = seattle_temperatures()
    assert np.array_equal(dates, np.arange("2012-01-01", "2013-01-01", dtype="datetime64[D]"))
    assert maximum.shape == (366,) and maximum.dtype == np.float64


def test_the_numbers_of_the_source():
    _, maximum = seattle_temperatures()
    assert maximum[:4].tolist() == [12.8, 10.6, 11.7, 12.2]
    assert maximum[-1] == 3.3 and maximum.max() == 34.4 and maximum.min() == -1.1
    assert round(maximum.sum(), 1) == 5591.3


def test_the_digits_are_those_of_the_source():
    raw = (files("adamlib") / "data" / "digits.csv").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"


def test_the_digits_are_split_by_their_place_in_the_file():
    text = (files("adamlib") / "data" / "digits.csv").read_text(encoding="utf-8")
    rows = [[int(float(number)) for number in line.split(",")] for line in text.splitlines()]
    split = digits()
    assert len(rows) == 1797 and [len(part.labels) for part in split] == [1080, 360, 357]
    for part, places in zip(split, (range(1080), range(1080, 1440), range(1440, 1797)), strict=True):
        of_part = np.array([rows[place] for place in places])
        assert part.inputs.dtype == np.float64 and part.labels.dtype == np.int64
        assert np.array_equal(part.inputs * 16, of_part[:, :64])
        assert np.array_equal(part.labels, of_part[:, 64])


def test_the_digits_look_like_digits():
    split = digits()
    first = split.train.inputs[0].reshape(8, 8)
    assert split.train.labels[0] == 0 and (first[2:6, 3:5] < 0.1).sum() >= 6 and first[1:7, 2].min() > 0.1  # a ring
    for part in split:
        assert part.inputs.min() == 0 and part.inputs.max() == 1
        assert np.bincount(part.labels).min() > 0.08 * len(part.labels)  # each of the ten about as often


def test_the_book_is_that_of_the_source():
    raw = (files("adamlib") / "data" / "alice.txt").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == "99e53cbb0aeb274344a254733db996ca2d05d5fcd10fc0ca02d6966f2b2bc961"
    assert alice().encode("ascii") == raw and alice().split()[-2:] == ["THE", "END"]


def test_moons_without_noise_lie_on_their_circles():
    for inputs, labels in two_moons(n=11, noise=0):
        upper, lower = inputs[labels == 0], inputs[labels == 1]
        assert len(upper) == 5 and len(lower) == 6
        assert np.allclose(np.hypot(*upper.T), 1, rtol=1e-14) and upper[:, 1].min() > -1e-14
        assert np.allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-14) and lower[:, 1].max() < 0.5 + 1e-14
        assert np.allclose([upper[0], upper[-1], lower[0], lower[-1]], [[1, 0], [-1, 0], [0, 0.5], [2, 0.5]])


def test_the_parts_of_the_moons_have_noise_of_their_own_and_of_the_size_asked_for():
    plain, noisy = two_moons(n=2000, noise=0), two_moons(n=2000, noise=0.3)
    noise = np.array([b.inputs - a.inputs for a, b in zip(plain, noisy)])
    assert np.allclose(noise.std(axis=1), 0.3, rtol=0.06) and np.abs(noise.mean(axis=1)).max() < 0.03
    assert np.abs(np.corrcoef(noise.transpose(0, 2, 1).reshape(6, -1)) - np.eye(6)).max() < 0.08


def test_a_seed_decides_the_moons():
    one, same, other = two_moons(), two_moons(seed=3), two_moons(seed=4)
    assert [part.inputs.shape for part in one] == [(300, 2)] * 3
    assert all(np.array_equal(a.inputs, b.inputs) for a, b in zip(one, same))
    assert not any(np.array_equal(a.inputs, b.inputs) for a, b in zip(one, other))
    assert np.bincount(one.test.labels).tolist() == [150, 150]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n": 1}, "n must be a whole number >= 2, got 1"),
        ({"noise": -0.1}, "noise must be a finite number >= 0, got -0.1"),
        ({"noise": np.nan}, "noise must be a finite number >= 0, got nan"),
        ({"seed": 1.5}, "seed must be a whole number >= 0, got 1.5"),
    ],
)
def test_wrong_moons_are_refused(wrong, message):
    with pytest.raises(ValueError) as caught:
        two_moons(**wrong)
    assert str(caught.value) == message


@pytest.mark.parametrize("load", [digits, two_moons, lambda: [seattle_temperatures()]])
def test_no_two_calls_or_parts_share_an_array(load):
    arrays = [array for split in (load(), load()) for part in split for array in part]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
