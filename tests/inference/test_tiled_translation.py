"""Tiles give what the whole image gives, for every architecture, with and without norms."""

import dataclasses
import types

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.data.images import to_float
from unit_tf.inference.any_size import translate_any_size
from unit_tf.inference.tile_grid import Grid
from unit_tf.inference.tiled_translation import TiledTranslator
from unit_tf.layers.subpixel import faster_doubling
from unit_tf.models.architectures import ARCHITECTURES, select_architecture
from unit_tf.models.encoders import build_encoder
from unit_tf.models.generators import build_generator
from unit_tf.models.student_networks import build_student
from unit_tf.models.student_sizes import student_geometry
from unit_tf.models.style_networks import build_styled_generator

WIDTH, BLOCKS = 1 / 16, 1
CHANNELS = {"a": 3, "b": 1}


def tiny_method(architecture, styled=False):
    """The networks of a translation a2b, as a method has them."""
    encoder = build_encoder(architecture, WIDTH, BLOCKS, 0, channels=CHANNELS)
    if styled:
        decoder = build_styled_generator(architecture, CHANNELS, WIDTH, BLOCKS, style_size=2)
        more = [tf.constant([[0.5, -1.0]])]
    else:
        decoder, more = build_generator(architecture, CHANNELS, WIDTH, BLOCKS, 0), []

    def translate(x, direction):
        return decoder(encoder(x, domain="a"), *more, domain="b")

    return method_of(translate, architecture.stride, architecture.smallest_image, encoder, decoder)


def method_of(translate, stride, smallest, *networks):
    """A method's facts, of networks with weights by which a translation has all levels."""
    rng = np.random.default_rng(0)
    for variable in (v for network in networks for v in network.trainable_variables):
        scale = 1.4 * np.prod(variable.shape[:-1]) ** -0.5 if len(variable.shape) > 1 else 0.1
        variable.assign(rng.normal(0, scale, variable.shape))
    return types.SimpleNamespace(
        translate=translate, stride=stride, channels=CHANNELS, smallest_side=smallest,
        largest_side=10**6,
    )  # fmt: skip


def in_tiles(method, image, grid):
    """(uint8 translation, TiledTranslator)."""

    def open_rows():
        rows = iter(image)

        def read_into(out):
            for row in out:
                row[:] = next(rows)

        return read_into

    translator = TiledTranslator(method, "a2b", grid)
    bands = [band.copy() for band in translator.bands(open_rows, "image")]
    return np.concatenate(bands), translator


def levels_off(method, margin):
    """(how far tiles are from the whole, in levels of 255, TiledTranslator), of 2x2 tiles."""
    tile = 2 * margin + 24
    size = (tile + 19, tile + 14)
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    with faster_doubling():
        whole = translate_any_size(method, tf.constant(to_float(image)[None]), "a2b")[0].numpy()
    assert 0.04 < whole.std() < 0.95
    grid = Grid(size, tile, margin, method.stride, method.smallest_side)
    assert len(grid.rows) == len(grid.columns) == 2
    found, translator = in_tiles(method, image, grid)
    assert found.shape == whole.shape
    return np.abs(found - (whole + 1) * 127.5).max(), translator


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_without_norms_tiles_equal_the_whole(name):
    architecture = select_architecture(name, "none", up="nearest", front_norm="none")
    architecture = dataclasses.replace(architecture, back_norm=None)
    method = tiny_method(architecture)
    margin = -(-architecture.reach(BLOCKS) // architecture.stride) * architecture.stride
    off, translator = levels_off(method, margin)
    assert off < 0.51 and translator.passes == 1


def test_with_one_downsample_more_too():
    architecture = select_architecture(
        "resnet2017", "none", up="nearest", front_norm="none", num_downsamples=3
    )
    margin = -(-architecture.reach(BLOCKS) // architecture.stride) * architecture.stride
    assert levels_off(tiny_method(architecture), margin)[0] < 0.51


def test_a_student_has_seams_only_with_less_overlap():
    geometry = student_geometry(WIDTH, BLOCKS)
    network = build_student(CHANNELS, WIDTH, BLOCKS)
    method = method_of(lambda x, direction: network(x), geometry.stride, geometry.smallest_side,
                       network)  # fmt: skip
    margin = -(-geometry.reach // geometry.stride) * geometry.stride
    off, translator = levels_off(method, margin)
    assert off < 0.51 and translator.passes == geometry.norms + 1
    assert levels_off(method, 4)[0] > 1


def assert_equal_with_norms(architecture, styled=False):
    method = tiny_method(architecture, styled)
    margin = -(-architecture.reach(BLOCKS) // architecture.stride) * architecture.stride
    off, translator = levels_off(method, margin)
    assert off < 0.51
    assert translator.passes == architecture.image_norms(BLOCKS, styled) + 1


def test_with_norms_too():
    """Of blocks alone, which are fewer passes to compile."""
    assert_equal_with_norms(ARCHITECTURES["resnet2017"])


def test_with_layer_and_adaptive_norms(eager_steps):
    assert_equal_with_norms(ARCHITECTURES["munit2018"], styled=True)


def test_with_less_overlap_they_do_not():
    architecture = select_architecture("resnet2017", "none", up="nearest")
    off, _ = levels_off(tiny_method(architecture), 8)
    assert off > 1
