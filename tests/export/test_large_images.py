"""Float32 exports agree with the model at sizes far above the training's.

A mean that adds a million values one after another is off by more than an export may be.
"""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from unit_tf.export import tflite
from unit_tf.export.parity import ExportError, Reference, measure
from unit_tf.export.signatures import Graphs
from unit_tf.export.tasks import build_task

from unit_tf.config import ExperimentConfig
from unit_tf.layers import litert_forms
from unit_tf.layers.norm import ImageLayerNormalization, InstanceNormalization

CLOSE = 1e-5


def smooth(side, seed):
    """A uint8 image [side, side, 3] of waves and noise, whose channels have means."""
    rng, t = np.random.default_rng(seed), np.linspace(0, 6, side)
    waves = np.sin(t[:, None, None] + [0, 1, 2]) * np.cos(t[None, :, None] + seed)
    return np.clip(100 + 80 * waves + rng.normal(0, 20, waves.shape), 0, 255).astype(np.uint8)


@functools.cache
def fresh(seed):
    """A tiny munit as training starts it: norms, and no saturated outputs to hide behind."""
    from unit_tf.methods.registry import build_method

    settings = {
        "model.method": "munit",
        "model.architecture": "munit2018",
        "model.style_size": 3,
        "model.width": 1 / 16,
        "model.num_blocks": 1,
        "data.image_size": (64, 64),
    }
    keras.utils.set_random_seed(seed)
    return build_method(ExperimentConfig().replace(settings))


def reference_of(seed, name="a2b"):
    return Reference(fresh(seed), name, [smooth(256, seed)], [smooth(256, seed + 1)])


def lite(function, shape):
    """A function of one array, run by LiteRT as exports are."""
    run = tf.function(function, input_signature=[tf.TensorSpec(shape)])
    with litert_forms.for_litert():
        functions = [run.get_concrete_function()]
    model = tf.lite.TFLiteConverter.from_concrete_functions(functions).convert()
    runner = tflite.Interpreter(model_content=model)

    def call(x):
        (given,), (result,) = runner.get_input_details(), runner.get_output_details()
        runner.resize_tensor_input(given["index"], x.shape)
        runner.allocate_tensors()
        runner.set_tensor(given["index"], x)
        runner.invoke()
        return runner.get_tensor(result["index"])

    return call


@pytest.mark.parametrize("side", [256, 1024])
@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("norm", [InstanceNormalization, ImageLayerNormalization])
def test_a_norm_of_a_large_map(norm, fixed, side):
    x = np.random.default_rng(1).normal(1, 1, (1, side, side, 2)).astype(np.float32)
    layer = norm()
    layer.build(x.shape)
    found = lite(layer, x.shape if fixed else (1, None, None, 2))(x)
    centred = x - x.mean(norm.axes, np.float64, keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(norm.axes, keepdims=True) + 1e-5)
    np.testing.assert_allclose(found, centred / deviation, atol=CLOSE)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("seed", "size", "compared"),
    [
        (0, None, [64, 256, 1024]),
        pytest.param(1, (256, 256), [256], marks=SLOW),
        pytest.param(2, (64, 64), [64], marks=SLOW),
        pytest.param(0, (1024, 1024), [1024], marks=SLOW),
        *[pytest.param(seed, None, [64, 256, 1024], marks=SLOW) for seed in (1, 2)],
    ],
)
def test_a_tiny_munit_at_any_size(seed, size, compared, tmp_path):
    reference, path = reference_of(seed), tmp_path / "x.tflite"
    path.write_bytes(tflite.convert(reference.task, size))
    pairs = [reference.pair(0, (1, side, side), "translate") for side in compared]
    assert measure("x", tflite.load_tflite(path), pairs).max_difference < CLOSE


def test_served_graphs_agree_with_it_too():
    reference = reference_of(0)
    inputs, expected = reference.pair(0, (1, 256, 256))
    found = Graphs(reference.task, names=["serving_default"]).run(inputs["image"])
    np.testing.assert_allclose(found["translated"], expected["translated"], atol=CLOSE)


@pytest.mark.slow
def test_the_encoder_of_its_styles():
    task = build_task(fresh(0), "encode_style_b")
    run = lite(lambda x: task.encode_style(x)["style"], (1, None, None, 3))
    image = smooth(1024, 3)[None].astype(np.float32) / 255
    with litert_forms.staged_means():
        expected = task.encode_style(tf.constant(image))["style"]
    np.testing.assert_allclose(run(image), expected, atol=CLOSE)


def test_a_model_of_any_size_is_checked_at_a_large_one(tiny, images, tmp_path, tree, monkeypatch):
    """One that is right at the training size and off the stride, and wrong above 1000 pixels."""
    reference, asked = Reference(tiny, "a2b", images), []

    def load(path):
        def run(image):
            asked.append(image.shape[1:3])
            found = [y for x, y in reference._known.values() if np.array_equal(x["image"], image)]
            return {"translated": found[0]["translated"] + np.float32(image.shape[1] > 1000)}

        return run

    monkeypatch.setattr(tflite, "convert", lambda *_: b"new")
    monkeypatch.setattr(tflite, "load_tflite", load)
    with pytest.raises(ExportError, match=r"differs from the model by 1 of \[0,1\] at 1024x1024"):
        tflite.export_tflite(reference, None, tmp_path / "x.tflite")
    assert asked == [(32, 32), (32, 32), (37, 35), (1024, 1024)] and tree(tmp_path) == []
