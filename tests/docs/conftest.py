"""Images and small settings for the snippets of the documentation."""

import os

import numpy as np
import pytest
from PIL import Image

# What shrinks the trainings of the documentation to seconds.
TINY = {"run.steps": 2, "model.width": 0.0625}
TINY_IMAGES = {"data.image_size": 64, "model.num_blocks": 1, "model.num_shared": 1}


def write_images(folder):
    """What a snippet may read: tiles, two sets of images with held-out pairs, a digit.

    The sets have few levels: to find the best constant colour takes seconds among all 256^3.
    """
    noise = np.random.default_rng(0)
    for name in ("summer", "winter", "summer_test", "winter_test"):
        (folder / name).mkdir()
        for i in range(3):
            image = noise.integers(96, 160, (66, 72, 3), np.uint8)
            Image.fromarray(image).save(folder / name / f"{i}.png")
    Image.fromarray(noise.integers(0, 256, (50, 70, 3), np.uint8)).save(folder / "tile.png")
    Image.fromarray(noise.integers(0, 256, (32, 32), np.uint8)).save(folder / "digit.png")


@pytest.fixture(scope="module")
def snippet_folder(tmp_path_factory, small_digits):
    """A folder with everything that the snippets name; it is the current one meanwhile."""
    folder = tmp_path_factory.mktemp("snippets")
    write_images(folder)
    (folder / "tfds").symlink_to(small_digits)
    before = os.getcwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@pytest.fixture(scope="module")
def tiny_trainings(eagerly):
    """Makes ``unit_tf.train`` train two steps of small networks, whatever it is asked for.

    They are not compiled; tests/examples/test_scripts.py has one that is.
    """
    import unit_tf

    real = unit_tf.train

    def train(preset, workdir, settings=None, **keywords):
        asked = {name.replace("__", "."): value for name, value in keywords.items()}
        small = TINY if preset.startswith("source_only") else {**TINY, **TINY_IMAGES}
        with eagerly():
            return real(preset, workdir, settings={**(settings or {}), **asked, **small})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit_tf, "train", train)
        yield
