"""The translators that come with the package do what the README says of them."""

import hashlib
import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw

from unit_tf.data.base import DataError
from unit_tf.inference.load import load
from unit_tf.inference.translator import Translator
from unit_tf.training.workdir import PRETRAINED, TRANSLATOR, resolve_workdir

SHIPPED = sorted(path.name for path in PRETRAINED.glob("*") if path.is_dir())


def test_the_names_that_the_readme_promises():
    assert "blue_marble" in SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_small_and_safe(name):
    path = resolve_workdir(name) / TRANSLATOR
    assert path.stat().st_size <= 8_000_000
    assert load(path.parent).step > 0


def test_small_together():
    assert sum(path.stat().st_size for path in PRETRAINED.rglob("*.npz")) <= 25_000_000


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_says_what_it_is(name):
    """tools/ship_translator.py writes it: these very weights, their images' licence, a command."""
    folder = resolve_workdir(name)
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {name}\n\n")
    assert f"sha256 {hashlib.sha256((folder / TRANSLATOR).read_bytes()).hexdigest()}" in card
    for row in ("licence of the images", "training", "shipped at"):
        assert f"| {row} | " in card
    assert f"=runs/{name}" in card and (
        "    unit-train --" in card or "    unit-compress --" in card
    )


def test_avatar_glasses_takes_glasses_off_and_puts_them_on():
    """As the package's own classifier of faces sees it, on faces that training never saw."""
    pytest.importorskip("python_avatars", reason='pip install -e ".[demo]"')
    from unit_tf.data.datasets import open_data
    from unit_tf.evaluation.evaluators.attribute_share import AttributeShare
    from unit_tf.evaluation.evaluators.passes import passes_of
    from unit_tf.evaluation.evaluators.run_passes import evaluate_directions

    loaded = load(resolve_workdir("avatar_glasses"))
    few = {"data.num_faces": 1, "data.num_test_faces": 8, "data.cache_dir": "off"}
    data = open_data(loaded.config.replace(few).data)
    shares = AttributeShare("Eyeglasses")
    shares.prepare()
    found = evaluate_directions(passes_of(loaded.method, data), [shares])
    assert [found[d]["attribute_share"]["translation"] for d in ("a2b", "b2a")] == [0, 1]


def test_blue_marble_beats_the_best_constant_colour():
    """L1 at most 0.85 times the best constant's on tiles of ground that training never saw."""
    from unit_tf.data.datasets import open_data
    from unit_tf.evaluation.evaluators.paired_scores import PairedScores
    from unit_tf.evaluation.evaluators.passes import passes_of
    from unit_tf.evaluation.evaluators.run_passes import evaluate_directions

    loaded = load(resolve_workdir("blue_marble"))
    try:
        data = open_data(loaded.config.data)
    except DataError as error:
        pytest.skip(str(error))
    there, _ = passes_of(loaded.method, data)
    scores = evaluate_directions([there], [PairedScores()])["a2b"]
    assert scores["constant"]["accuracy/all_channels"] < 0.5
    assert scores["translation"]["l1"] <= 0.85 * scores["constant"]["l1"]


def test_sketch_to_emoji_paints_a_drawing_in_many_colours():
    """A face drawn with a round pen, which no emoji is: filled inside, white outside."""
    side = load(resolve_workdir("sketch_to_emoji")).config.data.image_size[0]
    drawing, rim = Image.new("RGB", (side, side), "white"), side // 8
    pen = {"fill": "black", "width": max(2, side // 32)}
    draw = ImageDraw.Draw(drawing)
    draw.ellipse((rim, rim, side - rim, side - rim), outline="black", width=pen["width"])
    draw.arc((3 * rim, 4 * rim, 5 * rim, 6 * rim), 20, 160, **pen)
    translate = Translator.from_preset("sketch_to_emoji").translate
    painted = [np.asarray(translate(drawing, seed=seed), float) for seed in range(4)]
    middle = slice(side // 2 - rim, side // 2), slice(2 * rim, 6 * rim)
    cheeks = [image[middle].mean((0, 1)) for image in painted]
    corners = [image[: rim // 2, : rim // 2].mean((0, 1)) for image in painted]
    assert np.min(corners) > 235
    assert min(np.abs(c - d).mean() for c, d in zip(cheeks, corners, strict=True)) > 30
    pairs = itertools.combinations(cheeks, 2)
    assert max(np.abs(one - other).max() for one, other in pairs) > 60
