"""Bars with signs, and what a stored model that was changed does to the pages."""

from pages.components.explain.signed_bars import AGAINST, FOR, NEITHER, Bar, alternative_text, signed_bars


def test_bars_are_coloured_by_their_sign_and_say_it_in_words():
    bars = [Bar("one<br>0.2", 1.5, 0.3), Bar("two", -0.5), Bar("open", 0.2, muted=True)]
    figure = signed_bars(bars, "Log-odds")
    drawn, whiskers = figure.data
    assert tuple(drawn.marker.color) == (FOR, AGAINST, NEITHER)
    assert tuple(drawn.x) == (1.5, -0.5, 0.2)
    assert tuple(whiskers.y) == ("one<br>0.2",)
    assert tuple(whiskers.error_x.array) == (0.3,)
    assert alternative_text("By name", bars) == "By name: one, 0.2 +1.50; two -0.50; open +0.20."
