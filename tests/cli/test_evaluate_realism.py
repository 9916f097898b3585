"""unit-evaluate --inception_weights: figures beside the others, and refusals in one line."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from unit_tf.cli import evaluate
from unit_tf.evaluation.features import inception_v3
from unit_tf.evaluation.metrics.fid import frechet_distance
from unit_tf.evaluation.metrics.kid import kid
from unit_tf.presets import preset_config


@pytest.fixture
def weights(tmp_path):
    """A file that looks right; ``small_network`` puts another network in its place."""
    path = tmp_path / "inception.h5"
    path.touch()
    return path


@pytest.fixture
def small_network(monkeypatch):
    """Returns 12 means of an image; the fixture is the list of how many images came at a time."""
    image = keras.Input((inception_v3.SIDE, inception_v3.SIDE, 3))
    means = keras.layers.Flatten()(keras.layers.AveragePooling2D(149)(image))
    network = inception_v3.InceptionV3(keras.Model(image, means))
    read, features = [], network.features

    def counting(images):
        found = features(images)
        read.append(len(found))
        return found

    monkeypatch.setattr(network, "features", counting)
    monkeypatch.setattr(inception_v3, "load_inception_v3", lambda weights: network)
    return read


@pytest.fixture
def workdir(tmp_path, save_image, make_workdir):
    """A tiny UNIT and five unpaired test images of each domain, of different sizes."""
    for domain in "AB":
        for i in range(5):
            path = tmp_path / "data" / f"test{domain}" / f"{domain}{i}.png"
            save_image(path, (16 + 8 * i, 24), seed=10 * ord(domain) + i)
    return make_workdir(**{"data.source": "folder", "data.root": str(tmp_path / "data")})


def call(run_command, workdir, weights, *more, count=5):
    """The report of a run that must succeed on ``count`` images, and what was printed before it."""
    result = run_command(evaluate, f"--workdir={workdir}", f"--inception_weights={weights}", *more)
    counts = f"test A: {count} images, test B: {count} images\n"
    assert (result.code, result.err) == (0, counts)
    *lines, report = result.out.splitlines()
    assert json.loads((workdir / "evaluation.json").read_text()) == json.loads(report)
    return json.loads(report)["directions"], lines


def test_figures_of_both_directions(run_command, workdir, weights, small_network):
    found, lines = call(run_command, workdir, weights)
    text = "\n".join(lines)
    for direction, figures in found.items():
        realism = figures["realism"]
        assert (realism["images"], realism["real"], realism["weights"]) == (5, 5, str(weights))
        assert realism["label"] == inception_v3.LABEL
        assert list(realism["fid"]) == list(realism["kid"]) == ["translation", "identity"]
        assert min(realism["fid"].values()) > 0
        assert realism["kid"]["identity"]["subset_size"] == 2
        assert f"{direction}: 5 translations, 5 real images; KID +- its standard error" in lines
        assert f"{realism['fid']['identity']:.4f}" in text
    assert text.count("Keras InceptionV3; not comparable with FIDs of TF-slim's Inception") == 4
    # A distance has no direction; KID's subsets are sampled from each in turn.
    one, other = (found[d]["realism"]["fid"]["identity"] for d in ("a2b", "b2a"))
    assert one == pytest.approx(other, rel=1e-6)


def test_figures_are_those_of_the_translations(workdir, tmp_path, run_command, monkeypatch):
    """Those of the method, against the other domain's images, with the real InceptionV3."""
    from unit_tf.data.images import decode
    from unit_tf.inference import load as load_lib
    from unit_tf.inference.compiled_networks import image_translator

    keras.utils.set_random_seed(0)
    file = tmp_path / "random.weights.h5"
    random = keras.applications.InceptionV3(include_top=False, weights=None)
    for layer in random.layers:
        if isinstance(layer, keras.layers.Conv2D):  # or features would fade away
            layer.kernel.assign(layer.kernel * 2**0.5)
    random.save_weights(file)
    network = inception_v3.load_inception_v3(file)
    loaded = {str(file): network}  # built and compiled once
    monkeypatch.setattr(inception_v3, "load_inception_v3", loaded.__getitem__)
    found, _ = call(run_command, workdir, file, "--limit=2")
    translate = image_translator(load_lib.load(workdir).method, "b2a")
    a, b = ([decode(tmp_path / f"data/test{d}/{d}{i}.png", 3) for i in (0, 4)] for d in "AB")
    real, untouched = network.features(a), network.features(b)
    made = network.features([translate(p, "") for p in b])
    realism = found["b2a"]["realism"]
    assert realism["images"] == realism["real"] == 2
    for name, group in (("translation", made), ("identity", untouched)):
        assert realism["fid"][name] == pytest.approx(frechet_distance(group, real), rel=1e-3)
        wanted = kid(group, real)
        assert realism["kid"][name] == wanted | {"mean": pytest.approx(wanted["mean"], rel=1e-3)}
    assert "FID is biased upwards at 2 images (fewer than 2049" in realism["notes"][0]


def test_the_note_is_for_few_images(run_command, workdir, weights, small_network):
    _, lines = call(run_command, workdir, weights, "--limit=4")
    note = "note: FID is biased upwards at 4 images (fewer than 13 leave a covariance singular)"
    assert f"{note}; KID is the one to read" in lines


def test_real_images_are_read_once(run_command, workdir, weights, small_network, save_image):
    """Translations anew, real ones from disk, until one of them changes."""
    first, _ = call(run_command, workdir, weights)
    assert sum(small_network) == 2 * 5 + 2 * 5  # of either domain, for both directions
    small_network.clear()
    again, _ = call(run_command, workdir, weights)
    assert again == first
    assert sum(small_network) == 2 * 5
    small_network.clear()
    save_image(workdir.parent / "data/testA/A3.png", (40, 24), seed=1)
    changed, _ = call(run_command, workdir, weights)
    assert sum(small_network) == 2 * 5 + 5
    assert changed["b2a"]["realism"]["fid"] != first["b2a"]["realism"]["fid"]


def test_pairs_keep_their_scores(run_command, tmp_path, save_image, make_workdir, weights,
                                 small_network):  # fmt: skip
    """Each image is translated once for both."""
    for domain in "AB":
        for i in range(3):
            save_image(tmp_path / f"pairs/test{domain}/{i}_{domain}.png", seed=ord(domain) + i)
    workdir = make_workdir("paired", **{"data.root": str(tmp_path / "pairs"), "data.channels_b": 1})
    found, _ = call(run_command, workdir, weights, count=3)
    for figures in found.values():
        assert figures["paired"] and figures["translation"]["l1"] > 0
        assert figures["realism"]["images"] == 3


def test_styles(run_command, workdir, tmp_path, make_workdir, styled, weights, small_network):
    """In the style of unit-translate without flags; diversity stands beside it."""
    root = {"data.root": str(tmp_path / "data")}
    found, _ = call(run_command, make_workdir("styled", **root, **styled), weights, "--limit=2")
    assert {"realism", "diversity"} <= found["a2b"].keys()


def test_without_the_flag_nothing_is_read(run_command, workdir, small_network, tree):
    result = run_command(evaluate, f"--workdir={workdir}")
    assert result.code == 0 and small_network == [] and "realism" not in result.out
    assert not any("inception" in name for name in tree(workdir))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("absent.h5", "--inception_weights=absent.h5: no such file"),
        ("x.npz", "--inception_weights=x.npz: expected a file .h5, or the word imagenet"),
        ("ImageNet", "--inception_weights=ImageNet: expected a file .h5, or the word imagenet"),
    ],
)
def test_the_file_is_looked_for_first(workdir, refused, value, message):
    assert message in refused(evaluate, f"--workdir={workdir}", f"--inception_weights={value}")


@pytest.fixture
def refused_late(run_command):
    """Runs unit-evaluate, which must count its images and then end with code 2 and one line."""

    def run(*arguments):
        result = run_command(evaluate, *arguments)
        count, line = result.err.splitlines()
        assert (result.code, count) == (2, "test A: 5 images, test B: 5 images")
        assert line.startswith("unit-command: ")
        return line

    return run


def test_a_file_of_something_else(workdir, weights, refused_late, tree):
    before = tree(workdir)
    line = refused_late(f"--workdir={workdir}", f"--inception_weights={weights}")
    assert f"--inception_weights={weights}: not Keras' InceptionV3 weights" in line
    assert tree(workdir) == before


def test_features_that_are_not_finite(
    workdir, weights, refused_late, small_network, monkeypatch, tree
):
    """Of weights so large that they overflow; nothing is kept of them."""
    network, before = inception_v3.load_inception_v3(weights), tree(workdir)
    monkeypatch.setattr(network, "features", lambda p: np.full((len([*p]), 3), np.inf, np.float32))
    line = refused_late(f"--workdir={workdir}", f"--inception_weights={weights}")
    assert f"--inception_weights={weights}: features that are not finite" in line
    assert tree(workdir) == before


def test_a_limit_of_one(workdir, weights, refused):
    arguments = f"--workdir={workdir}", f"--inception_weights={weights}", "--limit=1"
    assert "--limit=1: FID and KID (--inception_weights) need 2 or more" in refused(
        evaluate, *arguments
    )


@pytest.mark.parametrize(("domain", "left"), [("A", 1), ("B", 0)])
def test_too_few_images(workdir, weights, refused, monkeypatch, domain, left):
    """Said before anything is loaded; the flag that it names would help."""
    folder = workdir.parent / f"data/test{domain}"
    for path in sorted(folder.iterdir())[left:]:
        path.unlink()
    if not left:
        folder.rmdir()
    monkeypatch.setattr("unit_tf.inference.load.load", pytest.fail)
    line = refused(evaluate, f"--workdir={workdir}", f"--inception_weights={weights}")
    assert f"--inception_weights: {left} test images of {domain} for a2b; FID and KID" in line
    assert f"--data.test_dir_{domain.lower()}" in line


@pytest.mark.parametrize("preset", ["da_usps_mnist", "cogan_usps_mnist", "source_only_usps_mnist"])
def test_methods_that_classify(tmp_path, weights, refused, preset):
    config = preset_config(preset)
    (tmp_path / "config.json").write_text(config.to_json())
    line = refused(evaluate, f"--workdir={tmp_path}", f"--inception_weights={weights}")
    assert f"method {config.model.method} is scored by the classes that it reads" in line
    assert line.endswith("only for methods unit, munit, supervised, cut, student\n")


@pytest.mark.parametrize("flags", [["x.npz"], ["absent.h5"], ["imagenet", "--limit=1"]])
def test_refusals_need_no_tensorflow(tmp_path, flags):
    code = (
        "import sys; from unit_tf.cli import evaluate\n"
        "try:\n    evaluate.run()\nexcept SystemExit as end:\n"
        "    print(end.code, {'tensorflow', 'keras', 'numpy'} & set(sys.modules))"
    )
    arguments = [f"--workdir={tmp_path}", f"--inception_weights={flags[0]}", *flags[1:]]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.stdout == "2 set()\n" and done.stderr.count("\n") == 1
