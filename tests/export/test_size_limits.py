import pytest
from unit_tf.export.size_limits import MAX_PIXELS, MAX_SIDE, fitting, refusal


@pytest.mark.parametrize("size", [(1, 1), (2048, 2048), (16384, 256), (256, 16384)])
def test_images_that_fit(size):
    assert refusal(*size) == "" and fitting(*size) == size


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        ((2048, 2049), "2047x2048"),
        ((9000, 12000), "1773x2364"),  # a phone of 108 megapixels
        ((16385, 1), "16384x1"),
        ((4, 65536), "1x16384"),
    ],
)
def test_larger_ones_are_told_what_would(size, fits):
    line = refusal(*size)
    assert line.startswith("x".join(map(str, size)) + " pixels (height x width); ")
    assert f"at most {MAX_PIXELS} pixels and {MAX_SIDE} a side; {fits} would fit" in line
    height, width = fitting(*size)
    assert f"{height}x{width}" == fits and refusal(height, width) == ""
