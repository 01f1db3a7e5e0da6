"""DecayExplorer: its numbers in Python, and the explorer itself in a browser."""

import numpy as np
import pytest

from adamlib.explorers import DecayExplorer
from hands import assert_readouts, painted, put, twin


def test_the_library_s_decay_is_the_same_for_every_weight():
    left = DecayExplorer("library decay", lr=0.002, weight_decay=0.05).left
    expected = (1 - 0.0001) ** np.arange(5001)
    assert left.shape == (5001, 4) and np.allclose(left, expected[:, None], rtol=1e-9)


def test_the_paper_s_lambda_is_lr_times_the_library_s():
    paper = DecayExplorer("paper decay", weight_decay=1e-4)
    assert np.allclose(paper.left, DecayExplorer("library decay", weight_decay=0.1).left, rtol=1e-9)
    assert np.isclose(paper.alone, 0.60652, atol=5e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_l2_decays_a_noisy_weight_less(seed):
    left = DecayExplorer(seed=seed).left[-1]
    assert np.allclose(left[1:], np.exp(-0.5 / np.array([1.0, 10.0, 100.0])), rtol=0.02) and 0 < left[0] < 0.02


def test_nothing_is_left_to_chance_without_decay():
    assert np.array_equal(DecayExplorer(weight_decay=0).left[-1].round(9), np.ones(4))


@pytest.mark.parametrize("view", ["laboratory", "bars"])
@pytest.mark.parametrize("form", ["L2", "library decay", "paper decay"])
def test_the_page_reads_out_adamlib_s_numbers(explorer_page, view, form):
    page = explorer_page(DecayExplorer(form, view=view, weight_decay=0.0002))
    explorer = page.locator("live-widget")
    assert_readouts(explorer, DecayExplorer)
    put(page, weight_decay=0.07, step=1234)
    painted(page)
    assert_readouts(explorer, DecayExplorer)
    assert twin(explorer, DecayExplorer).weight_decay == 0.07
    assert explorer.locator("svg[role=group]").count() == (2 if view == "laboratory" else 1)
