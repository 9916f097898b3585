import numpy as np
import pytest

from unit_tf.evaluation.metrics.two_colours import colours_of


@pytest.mark.parametrize(
    ("grey", "values", "ink", "paper"),
    [
        ([0, 255], [10, 200], 200, 10),
        ([0, 51], [100, 140], 255, 100),  # 40 a fifth: beyond what there is
        ([0, 0, 255], [10, 20, 100], 100, 15),
        ([0, 127.5, 255], [0, 90, 120], 130, 10),  # mean 70, slope 60 a step
        ([0, 127.5, 255], [0, 0, 255], 212.5, 0),  # a line from -42.5
        ([80, 80], [10, 30], 20, 20),
    ],
)
def test_a_line_in_the_grey_level(grey, values, ink, paper):
    """Worked out by hand; each channel has its own."""
    image = np.zeros((1, len(grey), 3))
    image[0, :, 1], image[0, :, 2] = values, 7
    found_ink, found_paper = colours_of(image, [grey])
    np.testing.assert_allclose(found_ink, [0, ink, 7], atol=1e-9)
    np.testing.assert_allclose(found_paper, [0, paper, 7], atol=1e-9)


def test_levels_that_were_not_rounded_give_the_colours_themselves():
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (32, 24)).astype(np.uint8)
    ink, paper = rng.uniform(0, 255, (2, 3))
    found = colours_of(paper + (ink - paper) * grey[..., None] / 255, grey)
    np.testing.assert_allclose(found, (ink, paper), atol=1e-9)


@pytest.mark.parametrize(
    ("image", "grey"), [((4, 4, 1), (4, 4)), ((4, 4, 3), (4, 4, 1)), ((4, 3, 3), (4, 4))]
)
def test_other_shapes(image, grey):
    with pytest.raises(ValueError, match="expected"):
        colours_of(np.zeros(image), np.zeros(grey))
