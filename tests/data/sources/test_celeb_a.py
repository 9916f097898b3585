"""CelebA, as tensorflow-datasets' own builder prepares a small one."""

import dataclasses

import numpy as np
import pytest

from unit_tf.config import DataConfig, ExperimentConfig, face_attributes
from unit_tf.data.base import DataError
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources import celeb_a
from unit_tf.data.sources.celeb_a import open_celeb_a

tfds = pytest.importorskip("tensorflow_datasets")
TRAIN, VALIDATION, TEST = range(0, 12), range(12, 14), range(14, 20)
# Face i is uniformly 2 * i, so that a crop tells which face it is of.
HAVE = {
    "Blond_Hair": {1, 4, 5, 12, 15},
    "Smiling": {0, 1, 2, 3, 14, 16, 18},
    "Goatee": set(TRAIN),
    "Young": set(TEST),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, write_celeb_a):
    splits = [0] * len(TRAIN) + [1] * len(VALIDATION) + [2] * len(TEST)
    folder, archive = map(tmp_path_factory.mktemp, ("tfds", "archive"))
    return write_celeb_a(folder, archive, splits, HAVE)


@pytest.fixture
def config(prepared):
    return DataConfig(
        source="celeb_a", attribute="Blond_Hair", tfds_dir=str(prepared), image_size=(16, 16)
    )


def faces(images):
    """Which faces a list of arrays shows; every pixel of each must say so."""
    found = []
    for pixels in images:
        numbers = np.unique(np.rint(pixels.astype(float) / 2))
        assert len(numbers) == 1
        found.append(int(numbers[0]))
    return found


def trained(domain):
    return faces(domain.crop(i, np.random.default_rng(i)) for i in range(len(domain)))


def held_out(tests):
    return faces(test.load() for test in tests)


def test_the_forty_attributes_are_the_builders(prepared):
    (info,) = prepared.glob("celeb_a/*/dataset_info.json")
    features = tfds.builder_from_directory(info.parent).info.features
    assert sorted(face_attributes.CELEB_A) == sorted(features["attributes"])
    assert len(face_attributes.CELEB_A) == 40


@pytest.mark.parametrize("attribute", ["Blond_Hair", "Smiling"])
def test_a_has_the_attribute_and_b_has_not(config, attribute):
    """Every face of a split is in one domain, and none of another split in either."""
    data = open_celeb_a(dataclasses.replace(config, attribute=attribute))
    parts = {
        TRAIN: [trained(data.train_a), trained(data.train_b)],
        TEST: [held_out(data.test_a), held_out(data.test_b)],
    }
    for split, (a, b) in parts.items():
        assert set(a) == HAVE[attribute] & set(split)
        assert sorted(a + b) == list(split)
    assert data.labels_a is None and data.notes == ()
    assert all(test.load_truth is None for test in data.test_a + data.test_b)


def test_names_are_unique_and_tell_the_split(config):
    data = open_celeb_a(config)
    names = [test.name for test in data.test_a + data.test_b]
    assert sorted(names) == [f"test_{i:06d}" for i in range(len(TEST))]


def test_the_middle_square_is_scaled_and_cropped(config):
    """The white rows above and below, 20 each of 218, are never seen: ``faces`` would tell."""
    data = open_celeb_a(dataclasses.replace(config, image_size=(128, 128), resize=132))
    assert data.train_a.crop(0, np.random.default_rng(0)).shape == (128, 128, 3)
    assert len(trained(data.train_a)) == 3
    assert {test.load().shape for test in data.test_a + data.test_b} == {(132, 132, 3)}
    plain = open_celeb_a(dataclasses.replace(config, image_size=(178, 178), channels_b=1))
    assert plain.test_a[0].load().shape == (178, 178, 3)
    assert plain.test_b[0].load().shape == (178, 178, 1)


def test_crops_are_drawn_from_the_generator(config, monkeypatch):
    """At a random place of the scaled square, mirrored half of the time."""
    slope = np.arange(178, dtype=np.uint8)[None, :, None] * np.ones((218, 1, 3), np.uint8)
    monkeypatch.setattr(celeb_a.ImageFile, "load", lambda self, channels: slope)
    data = open_celeb_a(dataclasses.replace(config, image_size=(170, 170), resize=178))
    rows = [data.train_a.crop(0, np.random.default_rng(seed))[0, :, 0] for seed in range(40)]
    assert {int(row.min()) for row in rows} == set(range(9))
    assert {int(row[0]) < int(row[-1]) for row in rows} == {True, False}
    again = data.train_a.crop(0, np.random.default_rng(7))[0, :, 0]
    np.testing.assert_array_equal(again, rows[7])


def test_the_end_of_a_split_waits_for_nothing(config, tuning):
    open_celeb_a(config)
    assert set(tuning) == {False}


def test_nothing_is_decoded_when_the_data_are_opened(config, monkeypatch):
    """200,000 faces would take minutes."""

    def decoded(self, channels):
        raise AssertionError("decoded")

    monkeypatch.setattr(celeb_a.Face, "load", decoded)
    data = open_celeb_a(config)
    assert (len(data.train_a), len(data.train_b), len(data.test_a)) == (3, 9, 1)


def test_held_out_only_reads_no_training_image(config):
    """Not even to see whether both domains have some."""
    data = open_celeb_a(dataclasses.replace(config, attribute="Goatee"), held_out_only=True)
    assert len(data.train_a) == len(data.train_b) == 0
    assert data.test_a == [] and sorted(held_out(data.test_b)) == list(TEST)


def test_order_is_stable(config):
    first, second = (open_celeb_a(config) for _ in range(2))
    assert trained(first.train_b) == trained(second.train_b)
    assert held_out(first.test_b) == held_out(second.test_b)


def test_batches(config):
    """As the trainer gets them: each domain's own."""
    experiment = dataclasses.replace(ExperimentConfig(), data=config)
    batches = list(training_dataset(open_celeb_a(config), experiment).take(9).as_numpy_iterator())
    seen_a, seen_b = (faces((batch[d] + 1) * 127.5 for batch in batches) for d in (0, 1))
    assert set(seen_a) == HAVE["Blond_Hair"] & set(TRAIN)
    assert sorted(seen_b) == sorted(set(TRAIN) - set(seen_a))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attribute": ""}, "--data.attribute: not given; .*Blond_Hair, Smiling, Eyeglasses or G"),
        ({"attribute": "Bald"}, "--data.attribute=Bald: of 12 training faces none has it; each"),
        ({"attribute": "Goatee"}, "--data.attribute=Goatee: of 12 training faces none is without"),
        ({"image_size": (256, 128)}, "image_size=256x128: .* 178x178 is too small for a 256x128 "
         "crop; --data.resize=256 enlarges"),
        ({"tfds_dir": "/nowhere"}, "--data.source=celeb_a, data set=celeb_a: not in --data.tfds_d"),
    ],
)  # fmt: skip
def test_wrong_settings_are_one_line(config, changes, message):
    with pytest.raises(DataError, match=message) as raised:
        open_celeb_a(dataclasses.replace(config, **changes))
    assert "\n" not in str(raised.value)


def test_a_small_square_is_enlarged_where_that_is_asked_for(config):
    data = open_celeb_a(dataclasses.replace(config, image_size=(200, 200), resize=200))
    assert data.train_b.crop(0, np.random.default_rng(0)).shape == (200, 200, 3)


IMAGE = tfds.features.Image(shape=(20, 18, 3))
BLOND = tfds.features.FeaturesDict({"Blond_Hair": np.bool_})
FACE = {"image": np.zeros((20, 18, 3), np.uint8), "attributes": {"Blond_Hair": True}}


@pytest.mark.parametrize(
    ("features", "splits", "message"),
    [
        ({"image": tfds.features.Image(), "attributes": BLOND}, ["train"], "of one size"),
        ({"attributes": BLOND}, ["train"], "no feature 'image'"),
        ({"image": IMAGE}, ["train"], "Blond_Hair: .* no such attribute; it has none"),
        (
            {"image": IMAGE, "attributes": tfds.features.FeaturesDict({"Bald": np.bool_})},
            ["train"],
            "Blond_Hair: .* no such attribute; it has Bald",
        ),
        ({"image": IMAGE, "attributes": BLOND}, ["train"], "no split test; it has train"),
    ],
)
def test_a_data_set_that_is_not_celeb_a(tmp_path, features, splits, message):
    """Something else is called so."""
    example = {key: FACE[key] for key in features}
    if "Bald" in features.get("attributes", {}):
        example["attributes"] = {"Bald": True}
    tfds.dataset_builders.store_as_tfds_dataset(
        name="celeb_a",
        version="1.0.0",
        features=tfds.features.FeaturesDict(features),
        split_datasets={split: [(0, example)] for split in splits},
        data_dir=tmp_path,
    )
    config = DataConfig(
        source="celeb_a", attribute="Blond_Hair", tfds_dir=str(tmp_path), image_size=(8, 8)
    )
    with pytest.raises(DataError, match=message) as raised:
        open_celeb_a(config)
    assert "\n" not in str(raised.value)


def test_damaged_records(prepared, tmp_path, config):
    (version,) = prepared.glob("celeb_a/*")
    folder = tmp_path / "celeb_a" / version.name
    folder.mkdir(parents=True)
    for file in version.iterdir():
        content = file.read_bytes()
        (folder / file.name).write_bytes(content[:-20] if "train" in file.name else content)
    with pytest.raises(DataError, match="celeb_a/.* train: cannot be read") as raised:
        open_celeb_a(dataclasses.replace(config, tfds_dir=str(tmp_path)))
    assert "\n" not in str(raised.value)


def test_what_cannot_be_fetched_is_one_line(tmp_path, monkeypatch):
    """Google Drive's quota, usually."""
    builder = tfds.builder("celeb_a", data_dir=tmp_path)

    def refuse(self, urls):
        raise tfds.download.DownloadError("quota\nexceeded")

    monkeypatch.setattr(tfds, "builder", lambda name: builder)
    monkeypatch.setattr(tfds.download.DownloadManager, "download", refuse)
    with pytest.raises(DataError, match=r"fetched \(quota exceeded\); .* --data.tfds_dir$"):
        open_celeb_a(DataConfig(source="celeb_a", attribute="Smiling"))
