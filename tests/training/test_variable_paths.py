"""The checkpoint format: names, order and shapes of every variable, pinned.

A checkpoint finds weights by the order in which a network makes them, and ``translator.npz`` by
their paths. So a class or file may move, but an attribute that holds a layer may not be renamed.

  UNIT_RECORD_PATHS=1 pytest tests/training/test_variable_paths.py   writes the goldens anew
"""

import hashlib
import json
import os
import pathlib

import pytest
import tensorflow as tf

from unit_tf.methods.registry import METHODS
from unit_tf.resolve import resolve
from unit_tf.training.checkpoints import _state
from unit_tf.training.loop import build_trainer

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens" / "variable_paths.json"
SMALL = {"model.width": 1 / 16, "optim.ema": 0.9}
SIDE_64 = {"data.image_size": 64}
# One of each method, and of each architecture that a method may have.
CASES = {
    "unit_table3": ("maps", SIDE_64),
    "unit_resnet2017": ("blue_marble", {}),
    "unit_released": ("resnet2017", {"data.dir_a": "a", "data.dir_b": "b", **SIDE_64}),
    "unit_munit2018": (
        "munit2018", {"data.dir_a": "a", "data.dir_b": "b", "data.image_size": 64},
    ),
    "munit": ("munit_coast", {"data.image_size": 64}),
    "cyclegan": ("cyclegan", {"data.dir_a": "a", "data.dir_b": "b", "data.image_size": 64}),
    "cut": ("cut", {"data.dir_a": "a", "data.dir_b": "b", "data.image_size": 64}),
    "student": (
        "student",
        {"data.dir_a": "a", "data.dir_b": "b", "data.image_size": 64, "weights.gan": 1},
    ),
    "supervised": ("blue_marble_supervised", {}),
    "unit_da": ("da_mnist_usps", {}),
    "cogan": ("cogan_mnist_usps", {}),
    "dann": ("dann_mnist_usps", {}),
    "source_only": ("source_only_mnist_usps", {}),
}  # fmt: skip


def build(name, teacher):
    """The Trainer of a case."""
    preset, changes = CASES[name]
    own = {"model.teacher": str(teacher)} if name == "student" else {}
    config = resolve(preset, {**SMALL, **changes, **own})
    return build_trainer(config, tf.distribute.get_strategy(), fresh=False)


def paths(trainer, folder):
    """{"weights": ["path shape", ...], "checkpoint": the hash of all its keys and shapes}."""
    written = _state(trainer).save(str(folder / "state"))
    keys = json.dumps(tf.train.list_variables(written))
    weights = [f"{v.path} {'x'.join(map(str, v.shape))}" for v in trainer.method.weights]
    return {"weights": weights, "checkpoint": hashlib.sha256(keys.encode()).hexdigest()}


@pytest.mark.parametrize("name", CASES)
def test_as_recorded(name, teacher, tmp_path):
    found = paths(build(name, teacher), tmp_path)
    recorded = json.loads(GOLDENS.read_text()) if GOLDENS.exists() else {}
    if os.environ.get("UNIT_RECORD_PATHS"):
        GOLDENS.write_text(json.dumps({**recorded, name: found}, indent=0, sort_keys=True) + "\n")
        pytest.skip("recorded")
    assert found == recorded[name], "old checkpoints would not load"


def test_every_method_is_pinned():
    assert {resolve(p, c).model.method for p, c in CASES.values()} == {*METHODS}
