"""LanguageExplorer: its numbers in Python, and the explorer itself in a browser."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from adamlib.adam import Adam
from adamlib.datasets import alice
from adamlib.descent import GradientDescent
from adamlib.explorers import LanguageExplorer
from adamlib.explorers.language import METHODS
from adamlib.language import NextWord, count_pairs, excess_by_tenth, least_loss, split_words
from adamlib.momentum import Momentum
from adamlib.network import train
from hands import assert_readouts, painted, put, twin

WORDS_IN_TENTHS = ["1", "1", "2", "4", "4", "6", "9", "15", "19", "39"]
SHARES = count_pairs(split_words(alice()), 100).shares


@pytest.mark.parametrize("made", [GradientDescent(64.0), Momentum(512.0), Adam(0.5, 0.9, 0.99)])
def test_it_is_the_table_of_the_module(made):
    name = {"GradientDescent": "Gradient descent"}.get(type(made).__name__, type(made).__name__)
    trained = train(NextWord(SHARES), made, 30)
    explorer = LanguageExplorer(name, lr=made.lr)
    assert np.allclose(explorer.excess, excess_by_tenth(trained.parameters["W"], SHARES), rtol=1e-3, atol=1e-4)
    least = least_loss(SHARES)
    left = (trained.losses - least) / (np.log(100) - least)
    assert np.allclose(explorer._left()[:31], left, rtol=1e-3, atol=1e-4)


def test_the_comma_s_limit_is_where_descent_on_its_row_stops_to_settle():
    limit = LanguageExplorer("Gradient descent").limit
    row = SHARES[:1] / SHARES[0].sum()
    x = np.log(np.where(row > 0, row, 1e-12))[0]  # at its best, but for what never follows

    def settles(lr):
        at = x + 1e-4 * np.random.default_rng(0).normal(size=100)
        for _ in range(400):
            q = np.exp(at - at.max())
            at = at - lr * SHARES[0].sum() * (q / q.sum() - row[0])
        return abs(at - x).max() < 0.01

    assert settles(0.98 * limit) and not settles(1.05 * limit)
    assert np.isclose(LanguageExplorer("Momentum").limit, 19 * limit) and np.isnan(LanguageExplorer("Adam").limit)
    adam = LanguageExplorer("Adam", lr=8.0)  # whose rate can be too large for the comma too
    assert "blown up" in adam.readouts()["commonest tenth"] and adam.readouts()["the comma's limit"] == "no fixed one"


def test_equal_words_are_ten_in_each_tenth():
    explorer = LanguageExplorer(alpha=0, step=0)
    assert np.allclose(explorer._found[1], 0.1, atol=0.01)  # two of the hundred words are followed by none of them


def numbers_drawn(explorer):
    figure = Figure()
    explorer.draw(figure)
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize(("method", "lr"), [("Gradient descent", 512.0), ("Momentum", 2000.0), ("Adam", 1e308)])
def test_the_picture_has_the_numbers_of_the_page(explorer_page, method, lr):
    explorer = LanguageExplorer(method, view="tenths", lr=lr)
    numbers = explorer_page(explorer).locator("live-widget .language-number").all_text_contents()
    drawn = numbers_drawn(explorer)
    assert sorted(numbers) == sorted(drawn + WORDS_IN_TENTHS)
    assert ("NaN" in drawn) == (explorer.readouts()["commonest tenth"] == "not a number") == (lr == 1e308)


@pytest.mark.parametrize("view", ["laboratory", "tenths"])
@pytest.mark.parametrize("method", METHODS)
def test_the_page_reads_out_adamlib_s_numbers(explorer_page, view, method):
    lr = {"Gradient descent": 50.0, "Momentum": 600.0, "Adam": 0.3}[method]
    page = explorer_page(LanguageExplorer(method, view=view, lr=lr))
    explorer = page.locator("live-widget")
    assert_readouts(explorer, LanguageExplorer)
    numbers = explorer.locator(".language-number").all_text_contents()
    excess = [f"{x:.2f}"[-3:] if x < 0.995 else f"{x:.1f}" for x in twin(explorer, LanguageExplorer).excess]
    assert sorted(numbers[-10:] + numbers[:10]) == sorted(excess + WORDS_IN_TENTHS)
    for setting in ({"alpha": 0.4, "step": 17}, {"alpha": 0.0, "step": 30}, {"lr": lr / 10, "alpha": 0.9}):
        put(page, **setting)
        painted(page)
        assert_readouts(explorer, LanguageExplorer)
    assert explorer.locator("svg[role=group]").count() == (2 if view == "laboratory" else 1)


def test_a_word_that_blows_up_is_told(explorer_page):
    page = explorer_page(LanguageExplorer("Gradient descent", view="tenths", lr=512.0))
    assert "blown up" in page.locator(".explorer-readouts").inner_text()
    put(page, lr=20.0)
    assert "blown up" not in page.locator(".explorer-readouts").inner_text()


def test_the_number_above_a_bar_that_is_cut_is_whole(explorer_page):
    page = explorer_page(LanguageExplorer(view="tenths", lr=2000.0))
    chart = page.locator("live-widget svg[role=group]")
    frame = chart.bounding_box()["y"] + float(chart.locator("clipPath rect").get_attribute("y"))
    assert page.locator(".language-number", has_text="42").bounding_box()["y"] >= frame
