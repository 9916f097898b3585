"""The judges that unit-evaluate's flags name: refused before anything runs, or usable."""

import types

import keras
import numpy as np
import pytest

from unit_tf.cli import flags, judges
from unit_tf.config import UserError
from unit_tf.evaluation.metrics.diversity import INPUTS, pixel_distance


@pytest.fixture
def parse():
    """(*arguments) -> FlagValues with the flags of this file and --limit."""

    def parse(*arguments):
        values = flags.new_flags()
        judges.define_flags(values)
        judges.absl_flags.DEFINE_integer("limit", None, "", flag_values=values)
        values(["it", *map(str, arguments)])
        return values

    return parse


@pytest.fixture
def save_classifier(tmp_path):
    """(shape, activation="softmax", classes=4) -> a .keras file of random weights."""

    def save(shape, activation="softmax", classes=4):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input(shape),
                keras.layers.Conv2D(3, 3, activation="relu"),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(classes, activation, kernel_initializer="orthogonal"),
            ]
        )
        model.save(tmp_path / "classifier.keras")
        return tmp_path / "classifier.keras", model

    return save


def loaded(style_size):
    return types.SimpleNamespace(method=types.SimpleNamespace(style_size=style_size))


def test_without_flags_pixels_are_judged(parse):
    values = parse()
    judges.check_flags(values)
    found = judges.open_judges(values, loaded(8))
    assert (found.inputs, found.seed, found.classify, found.classifier) == (INPUTS, 0, None, None)
    assert {name: d.function for name, d in found.distances.items()} == {"pixel": pixel_distance}


@pytest.mark.parametrize(("limit", "inputs"), [(1, 1), (99, 99), (101, INPUTS)])
def test_a_limit_and_a_seed(parse, limit, inputs):
    found = judges.open_judges(parse(f"--limit={limit}", "--run.seed=3"), loaded(8))
    assert (found.inputs, found.seed) == (inputs, 3)


def test_no_styles_no_judges(parse):
    assert judges.open_judges(parse("--limit=3"), loaded(0)) is None


@pytest.mark.parametrize(
    "flag",
    ["run.seed=0", "vgg_weights=imagenet", "classifier=x.keras", "lpips_weights=x.npz"],
)
def test_no_flags_without_styles(parse, flag):
    values = parse(f"--{flag}")
    with pytest.raises(UserError, match=f"^--{flag}: method unit has one translation for one"):
        flags.refuse_styles(values, judges.NAMES, "unit")
    flags.refuse_styles(values, judges.NAMES, "munit")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vgg_weights=absent.npz"], "--vgg_weights=absent.npz: no such file"),
        (["vgg_weights=absent.h5"], "--vgg_weights=absent.h5: no such file"),
        (["vgg_weights=x.pth"], "--vgg_weights=x.pth: expected a file .npz or .h5"),
        (["vgg_weights=ImageNet"], "--vgg_weights=ImageNet: expected a file .npz or .h5"),
        (["lpips_weights=x.pth"], "--lpips_weights=x.pth: expected a file .npz"),
        (["classifier=absent.keras"], "--classifier=absent.keras: no such file"),
        (["classifier=x.h5"], "--classifier=x.h5: expected a file .keras"),
        (["lpips_weights={file}"], "--lpips_weights: needs --vgg_weights"),
    ],
)
def test_files_are_looked_for_first(parse, tmp_path, arguments, message):
    (tmp_path / "there.npz").touch()
    arguments = [f"--{a}".format(file=tmp_path / "there.npz") for a in arguments]
    with pytest.raises(UserError) as caught:
        judges.check_flags(parse(*arguments))
    assert str(caught.value).startswith(message)


def test_the_word_that_fetches_is_no_file(parse):
    judges.check_flags(parse("--vgg_weights=imagenet"))


@pytest.mark.parametrize("flag", ["vgg_weights", "lpips_weights"])
def test_the_flag_of_a_broken_file_is_named(parse, tmp_path, monkeypatch, flag):
    from unit_tf.models import vgg16

    file = tmp_path / "broken.npz"
    file.write_text("nothing")
    if flag == "lpips_weights":
        monkeypatch.setattr(vgg16, "load_vgg", lambda weights: None)
    values = parse(f"--vgg_weights={file}", f"--lpips_weights={file}")
    with pytest.raises(UserError) as caught:
        judges.open_judges(values, loaded(8))
    assert str(caught.value).startswith(f"--{flag}={file}: not a readable .npz")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(12, 10), (None, None)], ids=["fixed", "open"])
def test_a_classifier_reads_images_in_zero_to_one(parse, save_classifier, size, channels):
    """Of the size that it was trained on, resized where they differ."""
    path, model = save_classifier((*size, channels))
    found = judges.open_judges(parse(f"--classifier={path}"), loaded(8))
    assert found.classifier == str(path)
    images = np.random.default_rng(0).integers(0, 256, (5, 12, 10, channels), np.uint8)
    wanted = model(images / np.float32(255)).numpy()
    np.testing.assert_allclose(found.classify(images), wanted, rtol=1e-5)
    # A flat image is the same at any size.
    flat = np.full((1, 40, 33, channels), 77, np.uint8)
    wanted = model(flat[:, :12, :10] / np.float32(255)).numpy()
    np.testing.assert_allclose(found.classify(flat), wanted, rtol=1e-4)


def test_grey_and_rgb_become_what_it_reads(save_classifier):
    grey = np.full((1, 9, 9, 1), 200, np.uint8)
    for reads, other in ((1, 3), (3, 1)):
        classify = judges.load_classifier(save_classifier((9, 9, reads))[0])
        same, turned = (classify(grey.repeat(c, -1)) for c in (reads, other))
        np.testing.assert_allclose(turned, same, rtol=1e-4)


@pytest.mark.parametrize("activation", [None, "sigmoid", "relu"])
def test_only_a_softmax_will_do(save_classifier, activation):
    """Found out on opening, not after an hour of translations."""
    path, _ = save_classifier((9, 9, 3), activation)
    with pytest.raises(UserError, match="expected a softmax over classes") as caught:
        judges.load_classifier(path)
    assert str(caught.value).startswith(f"--classifier={path}: ")


@pytest.mark.parametrize("shape", [(9,), (9, 9, 2), (3, 9, 9, 3)])
def test_only_images_will_do(tmp_path, shape):
    path = tmp_path / "other.keras"
    keras.Sequential([keras.Input(shape), keras.layers.Softmax()]).save(path)
    with pytest.raises(UserError, match=r"expected images \[N, h, w, 1 or 3\]"):
        judges.load_classifier(path)


def test_one_softmax_a_image_will_do(tmp_path):
    """Not one a pixel, nor two, nor named ones."""
    image = keras.Input((9, 9, 3))
    one = keras.layers.Softmax()(keras.layers.Dense(4)(keras.layers.Flatten()(image)))
    for outputs in (keras.layers.Softmax()(image), [one, one], {"a": one}):
        path = tmp_path / "other.keras"
        keras.Model(image, outputs).save(path)
        with pytest.raises(UserError, match=r"gives .*; expected one softmax \[N, classes\]"):
            judges.load_classifier(path)


def test_two_inputs_will_not_do(tmp_path):
    path, ends = tmp_path / "other.keras", [keras.Input((9, 9, 3)), keras.Input((9, 9, 3))]
    keras.Model(ends, keras.layers.Add()(ends)).save(path)
    with pytest.raises(UserError, match=r"expected images \[N, h, w, 1 or 3\]"):
        judges.load_classifier(path)


def test_code_in_a_file_is_not_run(tmp_path):
    path = tmp_path / "lambda.keras"
    layers = [keras.Input((9, 9, 3)), keras.layers.Lambda(lambda x: x / 0)]
    keras.Sequential(layers).save(path)
    with pytest.raises(UserError, match="Keras does not load it") as caught:
        judges.load_classifier(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_model(tmp_path):
    path = tmp_path / "text.keras"
    path.write_text("no model")
    with pytest.raises(UserError, match="Keras does not load it"):
        judges.load_classifier(path)
