"""What signatures take, and what they are tried with."""

import numpy as np
from unit_tf.export.inputs import Encoded, ImageInput, Signature, Style


def test_specs_are_open_or_of_one_shape():
    signature = Signature((ImageInput("image", "a", 3), Style(8)), None)
    assert signature.shapes() == {"image": [None, None, None, 3], "style": [None, 8]}
    assert signature.shapes((1, 30, 20)) == {"image": [1, 30, 20, 3], "style": [1, 8]}
    fixed = Signature((ImageInput("image", "a", 1, (32, 32)),), None)
    assert fixed.shapes() == {"image": [None, 32, 32, 1]}
    assert Signature((Encoded(),), None).shapes((1, 2, 3)) == {"image_bytes": [None]}


def test_examples_are_of_each_inputs_domain_and_size(images, guides):
    guide = ImageInput("style_image", "b", 1, turned=True)
    signature = Signature((ImageInput("image", "a", 3), guide), None)
    found = signature.example({"a": images, "b": guides}, 1, (1, 20, 12))
    assert list(found) == ["image", "style_image"]
    np.testing.assert_array_equal(found["image"][0] * 255, images[1][14:34, 14:26])
    np.testing.assert_array_equal(found["style_image"][0] * 255, guides[1][12:24, 12:32])


def test_styles_are_normal_and_the_same_at_every_call():
    first, second = (Style(8).example({}, 3, (400, 1, 1)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (400, 8) and first.dtype == np.float32
    assert abs(first.mean()) < 0.06 and abs(first.std() - 1) < 0.06
    assert len(np.unique(first[:, 0])) == 400
    np.testing.assert_array_equal(first[1:2], Style(8).example({}, 4, (1, 1, 1)))
