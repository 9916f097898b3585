"""Tiles cover a side once, are of one length, and overlap by two margins but at its ends."""

import itertools

import numpy as np
import pytest

from unit_tf.inference.tile_grid import Grid, mirrored, padded_length, spans

SIDES = list(itertools.product((4, 64, 100, 1000, 1004), (24, 36, 200), (0, 4, 8)))


@pytest.mark.parametrize(("length", "tile", "margin"), SIDES)
def test_spans(length, tile, margin):
    found = spans(length, tile, margin, 4)
    assert (found[0].start, found[-1].stop) == (0, length)
    assert [span.first for span in found] == [0, *(span.last for span in found[:-1])]
    assert found[-1].last == length
    assert len({span.stop - span.start for span in found}) == 1
    for span in found:
        assert span.stop - span.start <= tile and span.first < span.last
        assert all(place % 4 == 0 for place in span)
        assert span.start == 0 or span.first - span.start >= margin
        assert span.stop == length or span.stop - span.last >= margin


def test_no_more_tiles_than_there_must_be_and_none_longer_than_it_must():
    found = spans(1000, 200, 20, 4)
    assert len(found) == 6  # 6 * 160 + 2 * 20
    assert {span.stop - span.start for span in found} == {200}
    assert {span.stop - span.start for span in spans(920, 200, 20, 4)} == {188}


@pytest.mark.parametrize("length", [1, 3, 8, 11])
def test_padding_is_that_of_whole_images(length):
    padded = padded_length(length, 4, 8)
    expected = np.pad(np.arange(length), (0, padded - length), mode="symmetric")
    np.testing.assert_array_equal(mirrored(2, padded, length), expected[2:])


def test_a_grid():
    grid = Grid((90, 31), 40, 8, 4, 4)
    assert (len(grid.rows), len(grid.columns), len(grid)) == (4, 1, 4)
    assert str(grid) == "4 tiles of 36x32 pixels"
