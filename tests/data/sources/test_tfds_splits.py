import dataclasses

import numpy as np
import pytest

from unit_tf.config import DataConfig
from unit_tf.data.base import DataError
from unit_tf.data.checks.image_check import check_images
from unit_tf.data.sources.tfds_splits import open_tfds

tfds = pytest.importorskip("tensorflow_datasets")
COUNTS = {"trainA": 4, "trainB": 3, "testA": 2, "testB": 5}


def grey(split, i):
    return 10 * i + {"trainA": 10, "trainB": 60, "testA": 110, "testB": 160}[split]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory, write_cycle_gan):
    """A directory in which TFDS' own cycle_gan builder has written a small ``maps``."""
    images = {
        split: [np.full((10, 12, 3), grey(split, i), np.uint8) for i in range(count)]
        for split, count in COUNTS.items()
    }
    folder, archive = map(tmp_path_factory.mktemp, ("tfds", "archive"))
    return write_cycle_gan(folder, archive, "maps", images)


@pytest.fixture
def config(prepared):
    return DataConfig(tfds="cycle_gan/maps", tfds_dir=str(prepared), image_size=(8, 8))


def values(domain):
    crops = (domain.crop(i, np.random.default_rng(0)) for i in range(len(domain)))
    return sorted(int(crop[0, 0, 0]) for crop in crops)


def expected(split):
    return [grey(split, i) for i in range(COUNTS[split])]


def test_a_prepared_data_set_is_read_offline(config):
    data = open_tfds(config)
    np.testing.assert_allclose(values(data.train_a), expected("trainA"), atol=1)
    np.testing.assert_allclose(values(data.train_b), expected("trainB"), atol=1)
    held_out = sorted(p.load()[0, 0, 0] for p in data.test_b)
    np.testing.assert_allclose(held_out, expected("testB"), atol=1)
    assert [p.name for p in data.test_a] == ["testA_00000", "testA_00001"]
    assert data.test_a[0].load().shape == (10, 12, 3)


def test_the_end_of_a_split_waits_for_nothing(config, tuning):
    """The thread that tunes tf.data would be waited for, up to a minute after a large split."""
    open_tfds(config)
    assert tuning == [False] * 4


def test_its_images_can_be_checked(config):
    """All of them are of one colour."""
    report = check_images(dataclasses.replace(config, source="tfds"))
    assert {part: len(images) for part, images in report.lists.items()} == {
        "train_a": 4, "train_b": 3, "test_a": 2, "test_b": 5,
    }  # fmt: skip
    assert {finding.kind for finding in report.problems} == {"near_constant"}


def test_nothing_is_a_pair_and_the_user_is_told(config):
    data = open_tfds(config)
    assert all(p.load_truth is None for p in data.test_a + data.test_b)
    assert "none is paired" in data.notes[0] and "--data.root" in data.notes[0]


def test_held_out_only_reads_no_training_split(config):
    config = dataclasses.replace(config, dir_a="no_such_split")
    data = open_tfds(config, held_out_only=True)
    assert len(data.train_a) == len(data.train_b) == 0
    assert len(data.test_a) and len(data.test_b)


def test_the_papers_map_experiment_and_slices(config):
    data = open_tfds(dataclasses.replace(config, dir_b="testB", dir_a="trainA[:2]"))
    np.testing.assert_allclose(values(data.train_b), expected("testB"), atol=1)
    assert len(data.train_a) == 2


def test_order_and_version_are_stable(config):
    first, second = (open_tfds(config) for _ in range(2))
    assert [p.load()[0, 0, 0] for p in first.test_b] == [p.load()[0, 0, 0] for p in second.test_b]
    named = dataclasses.replace(config, tfds="cycle_gan/maps:3.0.0")
    assert values(open_tfds(named).train_a) == values(first.train_a)


def test_a_data_set_without_held_out_images_or_with_other_splits(tmp_path):
    write_single(tmp_path, "image")
    config = DataConfig(tfds="single", tfds_dir=str(tmp_path), image_size=(8, 8), channels=1)
    with pytest.raises(DataError, match="dir_a=trainA: no such split of single; valid: train$"):
        open_tfds(config)
    data = open_tfds(dataclasses.replace(config, dir_a="train", dir_b="train"))
    assert len(data.train_b) == 2 and data.test_a == [] and data.notes == ()


def write_single(folder, feature):
    examples = [(i, {feature: np.full((9, 9, 1), i, np.uint8)}) for i in range(2)]
    tfds.dataset_builders.store_as_tfds_dataset(
        name="single",
        version="1.0.0",
        features=tfds.features.FeaturesDict({feature: tfds.features.Image(shape=(None, None, 1))}),
        split_datasets={"train": examples},
        data_dir=folder,
    )


def test_no_feature_image(tmp_path):
    write_single(tmp_path, "photo")
    with pytest.raises(DataError, match="no feature 'image' of images; it has photo"):
        open_tfds(DataConfig(tfds="single", tfds_dir=str(tmp_path)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tfds": ""}, "--data.tfds: not given"),
        ({"tfds": "cycle_gan/horse2zebra"}, "not in --data.tfds_dir=.*it holds cycle_gan/maps$"),
        ({"tfds": "cycle_gan"}, "it holds cycle_gan/maps$"),
        ({"tfds": "cycle_gan/maps:2.0.0"}, "it holds cycle_gan/maps"),
        ({"tfds_dir": "/nowhere"}, "it holds no prepared data set"),
        ({"dir_a": "train"}, "--data.dir_a=train: .*valid: trainA, trainB, testA, testB"),
        ({"test_dir_b": "val"}, "--data.test_dir_b=val"),
        ({"dir_a": "trainA[nonsense]"}, "trainA.nonsense.: cannot be read"),
        ({"image_size": (64, 64)}, r"7 of 14 images .*maps/3.0.0 trainA #0 \(10x12 is too small"),
    ],
)
def test_wrong_settings_are_one_line(config, changes, message):
    with pytest.raises(DataError, match=message) as raised:
        open_tfds(dataclasses.replace(config, **changes))
    assert "\n" not in str(raised.value)


def test_damaged_metadata_and_records(prepared, tmp_path):
    folder = tmp_path / "cycle_gan/maps/3.0.0"
    folder.mkdir(parents=True)
    for file in (prepared / "cycle_gan/maps/3.0.0").iterdir():
        content = file.read_bytes()
        (folder / file.name).write_bytes(content[:-20] if "trainA" in file.name else content)
    config = DataConfig(tfds="cycle_gan/maps", tfds_dir=str(tmp_path), image_size=(8, 8))
    with pytest.raises(DataError, match="cycle_gan/maps/3.0.0 trainA: cannot be read"):
        open_tfds(config)
    (folder / "dataset_info.json").write_text("{")
    with pytest.raises(DataError, match="3.0.0: cannot be read"):
        open_tfds(config)


def test_without_a_directory_it_is_prepared_in_the_default_one(prepared, monkeypatch):
    builder, asked = tfds.builder("cycle_gan/maps", data_dir=prepared), []
    monkeypatch.setattr(tfds, "builder", lambda name: asked.append(name) or builder)
    data = open_tfds(DataConfig(tfds="cycle_gan/maps", image_size=(8, 8)))
    assert asked == ["cycle_gan/maps"] and len(data.train_a) == 4


def test_what_cannot_be_fetched_is_one_line(tmp_path, monkeypatch, capsys):
    """Before it a line says what is to come, and afterwards it has not been tried for minutes."""
    builder = tfds.builder("cycle_gan/maps", data_dir=tmp_path)

    def refuse(self, url):
        raise tfds.download.DownloadError("no route\nto host")

    monkeypatch.setattr(tfds, "builder", lambda name: builder)
    monkeypatch.setattr(tfds.download.DownloadManager, "download_and_extract", refuse)
    with pytest.raises(DataError, match=r"cannot be fetched \(no route to host\); .*tfds_dir"):
        open_tfds(DataConfig(tfds="cycle_gan/maps"))
    (said,) = (line for line in capsys.readouterr().err.splitlines() if "fetches" in line)
    assert said.startswith("--data.tfds=cycle_gan/maps: tensorflow-datasets fetches about 1,477 MB")
    assert str(tmp_path) in said and "--data.dir_a and --data.dir_b take folders" in said
    from tensorflow_datasets.core.download import downloader

    assert sum(0.2 * 2**n for n in range(downloader.MAX_RETRIES)) < 5  # seconds of its waiting


def test_a_name_that_tfds_does_not_know(monkeypatch):
    def builder(name):
        raise tfds.core.DatasetNotFoundError(name)

    monkeypatch.setattr(tfds, "builder", builder)
    with pytest.raises(DataError, match="--data.tfds=cycle_gan/mapz: .*knows no such data set"):
        open_tfds(DataConfig(tfds="cycle_gan/mapz"))
