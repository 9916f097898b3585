import numpy as np
import pytest
import tensorflow as tf
from unit_tf.export.signatures import Graphs
from unit_tf.export.tasks import SIGNATURE, Translation, build_task

from unit_tf.inference.any_size import translate_any_size


def batch(*shape):
    return tf.constant(np.random.default_rng(1).random(shape), tf.float32)


@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_any_batch_and_size_equals_the_method(method, direction):
    channels = method.channels[direction[0]]
    graphs = Graphs(build_task(method, direction), names=[SIGNATURE])
    for shape in [(1, 32, 32), (2, 37, 50), (3, 9, 5)]:
        image = batch(*shape, channels)
        found = graphs.run(image)["translated"]
        expected = (translate_any_size(method, image * 2 - 1, direction) + 1) / 2
        np.testing.assert_allclose(found, expected, atol=1e-5)
        assert found.shape == (*shape, method.channels[direction[2]])
        assert found.dtype == tf.float32
        assert 0 <= np.min(found) and np.max(found) <= 1
        assert np.std(found) > 5e-3


def test_names_and_open_shapes(tiny):
    signature = Graphs(Translation(tiny, "a2b")).concrete_functions()["serving_default"]
    spec = tf.TensorSpec([None, None, None, 3], tf.float32, name="image")
    assert tf.nest.flatten(signature.structured_input_signature) == [spec]
    assert list(signature.structured_outputs) == ["translated"]


@pytest.mark.parametrize("fixture", ["tiny", "styled"])
def test_images_of_0_to_255_are_refused_with_the_range(request, fixture):
    """Most values exceed 1; single ones may, as those of filters do."""
    names = ["translate_guided"] if fixture == "styled" else [SIGNATURE]
    run = Graphs(build_task(request.getfixturevalue(fixture), "a2b"), names=names).functions
    (run,) = run.values()
    image, guides = batch(1, 16, 16, 3), [batch(1, 16, 16, 1)] * (fixture == "styled")
    some = tf.where(image < 0.4, 1.5, image)
    assert np.isfinite(run(some, *guides)["translated"]).all()
    wrong = [(image * 255, *guides), *[(image, guide * 255) for guide in guides]]
    if not guides:  # one of a batch, whose others are as they should be
        wrong = [(tf.concat([image, image, image * 255], 0),)]
    for inputs, name in zip(wrong, ("image", "style_image"), strict=False):
        message = rf"{name}: most values exceed 1, the largest is\] \[25\d.*\[0, 1\].* by 255"
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            run(*inputs)


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_what_is_no_number_is_refused(tiny, styled, value):
    """A single one, in an image or in a style."""
    one = tf.constant([[[[value] * 3]]], tf.float32)
    image, wrong = batch(1, 16, 16, 3), tf.pad(one, [[0, 0], [7, 8], [7, 8], [0, 0]])
    plain = Graphs(build_task(tiny, "a2b"), names=[SIGNATURE]).run
    in_style = Graphs(build_task(styled, "a2b"), names=["translate"]).functions["translate"]
    style = tf.zeros([1, styled.style_size])
    for run, inputs, name in (
        (plain, [wrong], "image"), (in_style, [wrong, style], "image"),
        (in_style, [image, style + value], "style"),
    ):  # fmt: skip
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"{name}: holds NaN or infinity"):
            run(*inputs)


def test_a_device_s_graph_has_no_such_check(tiny):
    task = build_task(tiny, "a2b")
    (run,) = Graphs(task, (1, 16, 16), [task.lite]).concrete_functions().values()
    assert not any("Assert" in op.type for op in run.graph.get_operations())


def test_given_a_size_every_shape_is_fixed(method):
    task = build_task(method, "a2b")
    signature = Graphs(task, (1, 30, 33), [task.lite]).concrete_functions()[task.lite]
    assert signature.inputs[0].shape == (1, 30, 33, 3)
    assert signature.structured_outputs["translated"].shape == (1, 30, 33, 1)


def test_output_does_not_vary(tiny):
    """The latent noise is off."""
    graphs, image = Graphs(Translation(tiny, "a2b")), batch(1, 32, 32, 3)
    first, second = (graphs.run(image)["translated"].numpy() for _ in range(2))
    np.testing.assert_array_equal(first, second)


def ids(layer):
    return {id(v.value) for v in layer.variables}


def test_only_the_direction_s_variables_are_owned(tiny):
    owned = [id(v) for v in Graphs(Translation(tiny, "a2b")).variables]
    assert len(owned) == len(set(owned))
    assert set(owned).isdisjoint(ids(tiny.discriminator))
    assert set(owned).isdisjoint(ids(tiny.encoder.private_b) | ids(tiny.generator.private_a))
    assert set(owned) > ids(tiny.encoder.private_a) and set(owned) > ids(tiny.generator.private_b)
    assert set(owned) > ids(tiny.encoder.shared) and set(owned) > ids(tiny.generator.shared)


def test_with_styles_those_of_the_style_encoder_too_and_only_where_it_is_asked_for(styled):
    task = build_task(styled, "a2b")
    every, lite = ({id(v) for v in Graphs(task, names=n).variables} for n in (None, ["translate"]))
    encoder = styled.style_encoder
    assert every == lite | ids(encoder.private_b) and not lite & ids(encoder.private_b)
    assert lite > ids(styled.generator.mlp_b)
    for layer in (encoder.private_a, styled.generator.mlp_a, styled.discriminator):
        assert every.isdisjoint(ids(layer))
