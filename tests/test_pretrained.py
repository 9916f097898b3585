"""The translators that come with the package do what the README says of them."""

import pytest

from unit_tf.data.base import DataError
from unit_tf.inference.load import load
from unit_tf.training.workdir import PRETRAINED, TRANSLATOR, resolve_workdir

SHIPPED = sorted(path.name for path in PRETRAINED.glob("*") if path.is_dir())


def test_the_names_that_the_readme_promises():
    assert "blue_marble" in SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_small_and_safe(name):
    path = resolve_workdir(name) / TRANSLATOR
    assert path.stat().st_size <= 8_000_000
    assert load(path.parent).step > 0


def test_blue_marble_beats_the_best_constant_colour():
    """L1 at most 0.85 times the best constant's on tiles of ground that training never saw."""
    from unit_tf.cli.scores import evaluate_direction
    from unit_tf.data.datasets import open_data
    from unit_tf.inference.image_files import image_translator

    loaded = load(resolve_workdir("blue_marble"))
    try:
        tiles = open_data(loaded.config.data).test_a
    except DataError as error:
        pytest.skip(str(error))
    result = evaluate_direction(tiles, image_translator(loaded.method, "a2b"), "a2b", None)
    scores = result.figures
    assert scores["constant"]["accuracy/all_channels"] < 0.5
    assert scores["translation"]["l1"] <= 0.85 * scores["constant"]["l1"]
