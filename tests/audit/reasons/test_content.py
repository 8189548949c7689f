from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from spine_core.audit.reasons.content import SIDE, png_of, read_stored_reason, stored_reason
from tests.audit.ratings.making import reason


def test_what_is_stored_comes_back_and_equal_contents_give_equal_bytes():
    content = reason(1, "measurements")
    assert read_stored_reason(stored_reason(content)) == content
    assert stored_reason(reason(1, "measurements")) == stored_reason(content)
    assert stored_reason(reason(2, "measurements")) != stored_reason(content)


@pytest.mark.parametrize("data", [b"\x93NUMPY", b"[]", b'{"sentences": []}', b"\xff\xfe"])
def test_anything_else_is_refused(data):
    with pytest.raises(ValueError, match="no stored reason"):
        read_stored_reason(data)


def test_an_image_is_stored_as_a_square_of_one_size():
    picture = Image.open(io.BytesIO(png_of(np.zeros((48, 48, 3), np.uint8))))
    assert picture.size == (SIDE, SIDE)
