"""Which range of values a training reads with, from its first start on."""

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import ExperimentConfig
from unit_tf.resolve import resolve
from unit_tf.training import loop, run


@pytest.fixture
def train(tmp_path, monkeypatch):
    """(top value of the images, **settings) -> (range trained with, range in config.json)."""
    workdir = tmp_path / "run"
    seen = []

    def write_config(config, data, folder, *_):
        asked = loop.with_stored_start(config, workdir)
        loop.check_workdir(asked, workdir)
        workdir.mkdir(exist_ok=True)
        (workdir / "config.json").write_text(asked.to_json())
        seen.append(data.train_a.crop(0, np.random.default_rng(0)).max())

    monkeypatch.setattr(loop, "train", write_config)
    monkeypatch.setattr(loop, "build_strategy", lambda config: None)

    def trained(top, kind=np.uint16, **settings):
        for domain in ("trainA", "trainB"):
            (tmp_path / "data" / domain).mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((8, 8), top, kind)).save(tmp_path / "data" / domain / "x.png")
        given = {"data.root": str(tmp_path / "data"), "data.image_size": 8, "data.flip": False,
                 "model.discriminator_depth": 1, "data.channels": 1,
                 "model.architecture": "resnet2017"}  # fmt: skip
        run.train(resolve("", given | settings), workdir)
        stored = ExperimentConfig.from_json((workdir / "config.json").read_text())
        return stored.data.value_range, int(seen[-1])

    return trained


def test_it_is_stored_and_kept_when_the_training_goes_on(train, capsys):
    assert train(4095) == ("0,4095", 255)
    assert capsys.readouterr().err.count("0 is black and 4095 is white") == 2
    assert train(300) == ("0,4095", 19)  # other files would change it
    assert train(300, **{"data.value_range": "0,4095"}) == ("0,4095", 19)
    with pytest.raises(loop.WorkdirError, match="value_range: '0,300' != '0,4095'"):
        train(300, **{"data.value_range": "0,300"})


def test_a_training_from_before_goes_on_as_it_was(train, tmp_path, capsys):
    assert train(4095, **{"data.value_range": "own"}) == ("own", 16)
    path = tmp_path / "run" / "config.json"
    path.write_text(path.read_text().replace('"value_range": "own"', '"value_range": ""'))
    assert train(4095) == ("", 16)
    assert "black" not in capsys.readouterr().err


def test_eight_bits_say_nothing(train, capsys):
    assert train(255, np.uint8) == ("auto", 255)
    assert capsys.readouterr().err == "A: 1 image, B: 1 image\n"
