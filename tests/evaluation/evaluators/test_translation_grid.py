"""The grid of inputs, translations and truths."""

import numpy as np
import pytest

from unit_tf.data.image_grids import image_grid
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.evaluators.translation_grid import ROWS, TranslationGrid


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_rows_of_a_grid(paired, direction, held, flat, make_pass):
    truths = [flat(3 * i) for i in range(20)] if paired else None
    tests = held([flat(i) for i in range(20)], truths)
    work = make_pass(tests, lambda image, name: image + np.uint8(100), direction)
    (name, grid), = evaluate_pass(work, [TranslationGrid()]).images.items()  # fmt: skip
    source, target = direction.split("2")
    titles = [f"input ({source})", f"translation ({source} to {target})", f"truth ({target})"]
    shown = np.linspace(0, 19, ROWS).round().astype(int)
    rows = [[flat(i), flat(i + 100), flat(3 * i)][: 2 + paired] for i in shown]
    assert name == f"grid_{direction}"
    np.testing.assert_array_equal(grid, image_grid(rows, titles[: 2 + paired]))


def test_few_images_make_a_short_grid(held, flat, make_pass):
    work = make_pass(held([flat(0)] * 2), lambda image, name: image)
    grid = evaluate_pass(work, [TranslationGrid()]).images["grid_a2b"]
    assert 2 * 128 < grid.shape[0] < 3 * 128
