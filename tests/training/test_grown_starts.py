"""Starts from a translator that downsamples less, in every family of networks."""

import json

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.inference.saved_translators import save_translator
from unit_tf.methods.growth import Growth, passing
from unit_tf.methods.registry import build_method, find_method
from unit_tf.models.architectures import ARCHITECTURES
from unit_tf.training.initial_weights import read_start


def arrays(variables):
    return {v.path: v.numpy() for v in variables}


def saved(folder, settings):
    """Saves a tiny translator: (Method, ExperimentConfig)."""
    tiny = {"model.width": 1 / 64, "model.num_blocks": 1, "model.discriminator_depth": 1,
            "model.discriminator_scales": 1, "data.image_size": 32, **settings}  # fmt: skip
    reads = find_method(settings["model.method"]).reads
    config = ExperimentConfig().replace(
        {k: v for k, v in tiny.items() if k in reads or not k.startswith("model.disc")}
    )
    method = build_method(config)
    save_translator(method, config, 5, folder)
    return method, config


@pytest.mark.parametrize("settings", [
    {"model.method": "munit", "model.architecture": "munit2018", "data.image_size": 32},
    {"model.method": "cut", "model.architecture": "cyclegan2017"},
    {"model.method": "supervised", "data.paired": True, "model.architecture": "table3"},
])  # fmt: skip
def test_every_family_grows(settings, tmp_path):
    """With its names of variables: new are a convolution and a doubling, whatever the method."""
    source, config = saved(tmp_path / "source", settings)
    count = ARCHITECTURES[settings["model.architecture"]].num_downsamples
    grown = config.replace(
        {"model.num_downsamples": count + 1, "run.init_from": str(tmp_path / "source")}
    )
    method = build_method(grown)
    said = read_start(grown, method)
    assert "trained at 32x32; more downsamples, new at the outside: 1" in said
    growth, theirs = Growth(count, 1), arrays(source.generator_variables)
    new = set()
    for path, value in arrays(method.generator_variables).items():
        before = growth.name_before(path)
        if before is None:
            new.add(path.split("/")[1])
            np.testing.assert_array_equal(value, passing(path, value.shape), err_msg=path)
        elif before in theirs and not before.startswith("head"):  # heads are CUT's training's
            np.testing.assert_array_equal(value, theirs[before], err_msg=path)
    assert new == {"conv1", f"up{count}"}


def test_a_source_of_fewer_downsamples_than_its_family_is_one_line(tmp_path):
    """Only a hand makes one."""
    method, config = saved(
        tmp_path / "source", {"model.method": "unit", "model.architecture": "resnet2017"}
    )
    path = tmp_path / "source" / "config.json"
    document = json.loads(path.read_text())
    document["model"]["num_downsamples"] = 1
    path.write_text(json.dumps(document))
    with pytest.raises(UserError, match=r"--model\.num_downsamples=1: this architecture has 2 at"):
        read_start(config.replace({"run.init_from": str(tmp_path / "source")}), method)
