import io

import numpy as np
from PIL import Image

from spine_core.synthesis.stamp import as_grey, png, stamped
from spine_core.weights import ModelId

GENERATOR = ModelId("generator-flow", "1", "a" * 64)


def test_the_word_is_burned_in_whatever_the_image_shows():
    for value in (0, 120, 255):
        grey = np.full((192, 192), value, np.uint8)
        corner = stamped(grey)[-20:, :100]
        assert corner.min() < 40, "the box behind the word"
        assert corner.max() > 215, "the word"
        assert (stamped(grey)[:-25] == value).all(), "the rest of the image is left alone"


def test_the_file_says_that_it_is_synthetic_and_by_which_generator():
    opened = Image.open(io.BytesIO(png(np.zeros((64, 64), np.uint8), GENERATOR, "what-if image of L4/L5")))
    assert opened.text["Synthetic"].startswith("yes")
    assert opened.text["Description"] == "what-if image of L4/L5"
    assert "a" * 64 in opened.text["Generator"]
    assert "Not a diagnosis" in opened.text["Disclaimer"]


def test_grey_values_span_the_networks_input():
    assert as_grey(np.array([[-1.4, 1.0, 3.4, 9.0]], np.float32)).tolist() == [[0, 127, 255, 255]]
