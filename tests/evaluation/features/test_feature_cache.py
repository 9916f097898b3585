"""Real images' features come from disk where nothing has changed."""

import io

import numpy as np
import pytest

from unit_tf.config import UserError
from unit_tf.evaluation.features import feature_cache
from unit_tf.evaluation.features.feature_cache import cached_features


class Means:
    """Stands for the network: three means of an image, and how many it has read."""

    def __init__(self, digest="abc"):
        self.digest = digest
        self.read = 0

    def features(self, images):
        rows = [np.float32(image.mean((0, 1))) for image in images]
        self.read += len(rows)
        return np.stack(rows)


@pytest.fixture
def tree():
    """folder -> sorted relative names of all files in it."""

    def names(folder):
        files = (path for path in folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(folder).as_posix() for path in files)

    return names


@pytest.fixture
def images():
    return list(np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), np.uint8))


def loaders(images):
    return [lambda p=p: p for p in images]


def test_a_second_time_nothing_is_computed(tmp_path, images, tree):
    network = Means()
    first = cached_features(network, loaders(images), tmp_path / "new" / "out")
    assert network.read == 4
    again = cached_features(network, loaders([p.copy() for p in images]), tmp_path / "new/out")
    assert network.read == 4
    np.testing.assert_array_equal(first, again)
    (name,) = tree(tmp_path)
    assert name.startswith("new/out/inception_features/") and name.endswith(".npz")


@pytest.mark.parametrize("change", ["pixel", "order", "fewer", "shape", "digest"])
def test_what_has_changed_is_computed(tmp_path, images, change, tree):
    cached_features(Means(), loaders(images), tmp_path)
    network = Means("abd" if change == "digest" else "abc")
    if change == "pixel":
        images[2] = images[2].copy()
        images[2][5, 4, 2] ^= 1
    elif change == "order":
        images.reverse()
    elif change == "fewer":
        images.pop()
    elif change == "shape":
        images[0] = images[0].reshape(5, 6, 3)
    found = cached_features(network, loaders(images), tmp_path)
    assert network.read == len(images)
    np.testing.assert_array_equal(found, Means().features(images))
    assert len(tree(tmp_path)) == 2


class Trap:
    """Unpickling it fails the test."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


def stored(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"broken",
        stored(features=np.array([[Trap()]] * 4)),
        stored(other=np.zeros((4, 3), np.float32)),
        stored(features=np.zeros((3, 3), np.float32)),
        stored(features=np.zeros((4, 3))),
        stored(features=np.full((4, 3), np.nan, np.float32)),
    ],
    ids=["empty", "text", "objects", "name", "rows", "type", "nan"],
)
def test_a_broken_file_is_written_anew(tmp_path, images, content, tree):
    wanted = cached_features(Means(), loaders(images), tmp_path)
    (name,) = tree(tmp_path)
    (tmp_path / name).write_bytes(content)
    network = Means()
    np.testing.assert_array_equal(cached_features(network, loaders(images), tmp_path), wanted)
    assert network.read == 4
    cached_features(network, loaders(images), tmp_path)
    assert (network.read, tree(tmp_path)) == (4, [name])


def test_no_place_to_write(tmp_path, images):
    (tmp_path / feature_cache.FOLDER).write_text("a file")
    with pytest.raises(UserError, match="cannot be written") as caught:
        cached_features(Means(), loaders(images), tmp_path)
    assert "\n" not in str(caught.value)


def test_without_a_folder_nothing_is_kept(tmp_path, images, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = Means()
    for read in (4, 8):
        found = cached_features(network, loaders(images), None)
        np.testing.assert_array_equal(found, Means().features(images))
        assert network.read == read
    assert not list(tmp_path.iterdir())
