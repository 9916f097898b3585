"""Fresh networks: the same numbers for the same seed, whatever precision they compute in.

UNIT_RECORD_START=1 pytest tests/methods/test_start.py   writes the goldens anew
"""

import json
import os
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.resolve import resolve
from unit_tf.training.loop import build_trainer

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens" / "fresh_networks.json"
SMALL = {"model.width": 1 / 16, "model.initializer": "default"}
# One of each kind of network.
CASES = {
    "unit": ("maps", {"data.image_size": 40}),
    "munit": ("munit_coast", {"data.image_size": 64, "model.num_shared": 1}),
    "cut": ("cut", {"data.image_size": 64}),
    "student": ("student", {"data.dir_a": "a", "data.dir_b": "b", "data.image_size": 32}),
    "unit_da": ("da_svhn_mnist", {}),
    "cogan": ("cogan_mnist_usps", {}),
    "dann": ("dann_mnist_usps", {}),
}


def fresh(case, precision, teacher):
    """{path: array} of a method before its first step."""
    preset, changes = CASES[case]
    changes = {**changes, "model.teacher": str(teacher)} if case == "student" else changes
    config = resolve(preset, {**SMALL, **changes, "run.precision": precision})
    method = build_trainer(config, tf.distribute.get_strategy()).method
    return [(v.path, v.numpy()) for v in method.variables]


def checksum(arrays):
    """Sizes of all elements, weighted by place, so that none can change places unnoticed."""
    sums = [np.abs(a.astype("float64")).ravel() @ np.arange(1, a.size + 1) for a in arrays]
    return float(np.asarray(sums) @ np.arange(1, len(sums) + 1))


@pytest.mark.parametrize("case", CASES)
def test_a_seed_is_a_start(case, teacher):
    """As recorded, and in bfloat16 exactly as in float32."""
    variables = fresh(case, "float32", teacher)
    found = checksum([array for _, array in variables])
    recorded = json.loads(GOLDENS.read_text()) if GOLDENS.exists() else {}
    if os.environ.get("UNIT_RECORD_START"):
        GOLDENS.write_text(json.dumps({**recorded, case: found}, indent=0, sort_keys=True) + "\n")
        pytest.skip("recorded")
    assert found == pytest.approx(recorded[case], rel=1e-6)
    mixed = fresh(case, "mixed_bfloat16", teacher)
    for (path, one), (_, two) in zip(variables, mixed, strict=True):
        np.testing.assert_array_equal(one, two, err_msg=path)


def test_the_checksum_sees_an_exchange():
    one, two = np.arange(4.0), np.arange(4.0)[::-1]
    assert checksum([one, two]) != checksum([two, one])
