"""The source ``avatars``: a few faces of 32x32."""

import dataclasses

import numpy as np
import pytest

from unit_tf.config import DataConfig, ExperimentConfig
from unit_tf.data.base import DataError
from unit_tf.data.datasets import open_data
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources import avatar_images, avatars
from unit_tf.data.sources.avatar_faces import sample_pairs

pytest.importorskip("python_avatars", reason="needs python-avatars")
pytest.importorskip("resvg_py", reason="needs resvg-py")

SIZE, COUNT, TESTS = 32, 3, 2


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return DataConfig(
        source="avatars",
        attribute="Eyeglasses",
        image_size=(SIZE, SIZE),
        num_faces=COUNT,
        num_test_faces=TESTS,
        flip=False,
        cache_dir=str(tmp_path_factory.mktemp("cache")),
    )


def rendered(part, domain, count):
    pairs = sample_pairs("Eyeglasses", part, count, 0)
    return [avatar_images.render(pair[domain], SIZE) for pair in pairs]


def crops(domain):
    return [domain.crop(i, np.random.default_rng(i)) for i in range(len(domain))]


def test_a_has_the_attribute_and_b_has_not(config):
    data = open_data(config)
    for number, domain in enumerate((data.train_a, data.train_b)):
        np.testing.assert_array_equal(crops(domain), rendered("ab"[number], number, COUNT))


def test_paired_training_faces_differ_in_the_attribute_alone(config):
    data = open_data(dataclasses.replace(config, paired=True))
    for number, domain in enumerate((data.train_a, data.train_b)):
        np.testing.assert_array_equal(crops(domain), rendered("a", number, COUNT))


def test_test_faces_are_pairs_in_both_directions(config):
    data = open_data(config)
    assert [test.name for test in data.test_a] == ["face_0000.png", "face_0001.png"]
    for i, (one, other) in enumerate(zip(data.test_a, data.test_b, strict=True)):
        assert one.name == other.name
        for number, (image, truth) in enumerate([(one, other), (other, one)]):
            np.testing.assert_array_equal(image.load(), rendered("test", number, TESTS)[i])
            np.testing.assert_array_equal(image.load(), truth.load_truth())


def test_held_out_only_renders_no_training_face(config, tmp_path):
    held_out = dataclasses.replace(config, cache_dir=str(tmp_path))
    data = open_data(held_out, held_out_only=True)
    assert len(data.train_a) == len(data.train_b) == 0
    assert len(data.test_a) == len(data.test_b) == TESTS
    (entry,) = (tmp_path / "avatars").iterdir()
    assert entry.name.startswith("Eyeglasses_test_32_")


def test_faces_are_mirrored_at_random():
    image = np.arange(SIZE * SIZE * 3, dtype=np.uint8).reshape(1, SIZE, SIZE, 3)
    domain = avatars.FaceDomain(image, True)
    seen = [domain.crop(0, np.random.default_rng(seed)) for seed in range(20)]
    mirrored = [np.array_equal(crop, image[0, :, ::-1]) for crop in seen]
    assert 4 < sum(mirrored) < 16
    assert all(m or np.array_equal(crop, image[0]) for m, crop in zip(mirrored, seen, strict=True))


def test_batches(config):
    """As the trainer gets them."""
    experiment = dataclasses.replace(ExperimentConfig(), data=config)
    batch = next(training_dataset(open_data(config), experiment).take(1).as_numpy_iterator())
    for images, domain in zip(batch[:2], range(2), strict=True):
        image = np.rint((images[0] + 1) * 127.5).astype(np.uint8)
        assert any((image == face).all() for face in rendered("ab"[domain], domain, COUNT))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"attribute": ""},
            "--data.attribute: not given; it names what A's faces have and B's have not: "
            "Eyeglasses, Goatee, Blond_Hair, Smiling",
        ),
        (
            {"attribute": "Male"},
            "--data.attribute=Male: --data.source=avatars has no such attribute; it has "
            "Eyeglasses, Goatee, Blond_Hair, Smiling",
        ),
        *(
            (
                {"image_size": (height, width)},
                f"--data.image_size={height}x{width}: must be square, 32 to 256, with "
                "--data.source=avatars",
            )
            for height, width in [(31, 31), (257, 257), (64, 32)]
        ),
        (
            {"channels": 1},
            "--data.channels=1: faces of --data.source=avatars are in colour; give "
            "--data.channels=3",
        ),
        (
            {"channels_b": 1},
            "--data.channels_b=1: faces of --data.source=avatars are in colour; give "
            "--data.channels_b=3",
        ),
    ],
)
def test_wrong_settings_are_one_line(config, changes, message):
    with pytest.raises(DataError) as caught:
        open_data(dataclasses.replace(config, **changes))
    assert str(caught.value) == message
