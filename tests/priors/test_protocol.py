from __future__ import annotations

from dataclasses import replace

import pytest

from spine_core.priors.protocol import UNKNOWN, Item, protocol_differences
from spine_core.study.types import Weighting
from tests.pages import fakes

SERIES, READING = fakes.study().series[0], fakes.reading()
HEADER = {"MagneticFieldStrength": "1.5", "EchoTime": "100", "RepetitionTime": "3000", "Manufacturer": "One"}
KNOWN = replace(SERIES, header=HEADER)


def items(prior, prior_reading=READING, series=KNOWN):
    return {one.item for one in protocol_differences(series, READING, prior, prior_reading)}


def test_equal_protocols_do_not_differ():
    assert items(KNOWN) == set()


@pytest.mark.parametrize(
    ("change", "item"),
    [
        ({"weighting": Weighting.T1}, Item.WEIGHTING),
        ({"fat_suppressed": True}, Item.FAT_SUPPRESSION),
        ({"contrast_enhanced": True}, Item.CONTRAST),
        ({"slice_thickness": 3.0}, Item.THICKNESS),
        ({"slice_thickness": None}, Item.THICKNESS),
        ({"spacing": (1.0, 1.0)}, Item.RESOLUTION),
        ({"pixels": SERIES.pixels[:3]}, Item.SLICES),
        ({"header": HEADER | {"MagneticFieldStrength": "3.0"}}, Item.FIELD),
        ({"header": HEADER | {"EchoTime": "70"}}, Item.ECHO),
        ({"header": HEADER | {"RepetitionTime": "5000"}}, Item.REPETITION),
        ({"header": HEADER | {"Manufacturer": "Two"}}, Item.MANUFACTURER),
    ],
)
def test_each_difference_is_found_alone(change, item):
    assert items(replace(KNOWN, **change)) == {item}


def test_small_differences_are_not_warned_of():
    rounded = HEADER | {"MagneticFieldStrength": "1.494", "EchoTime": "105", "Manufacturer": "ONE"}
    assert items(replace(KNOWN, header=rounded, slice_thickness=4.2)) == set()


@pytest.mark.parametrize("value", ["", "nan", "-3", "two", "1.5\\3"])
def test_hostile_header_values_are_unknown(value):
    (found,) = protocol_differences(
        KNOWN, READING, replace(KNOWN, header=HEADER | {"EchoTime": value}), READING
    )
    assert (found.item, found.current, found.prior) == (Item.ECHO, "100 ms", UNKNOWN)


def test_another_network_is_warned_of():
    other = replace(READING, model=replace(READING.model, version="9"))
    assert items(KNOWN, other) == {Item.NETWORK}
