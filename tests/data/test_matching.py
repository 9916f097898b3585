"""A head drawn into noise is found where it is, and nothing flat ever is."""

import sys

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data import matching

cv2 = pytest.importorskip("cv2", reason="needs OpenCV: pip install -e '.[tools]'")
SCALES = np.geomspace(0.2, 1, 24).tolist()


@pytest.fixture
def head(draw_head):
    return draw_head(0)


def template(head, file="head", mirrored=False):
    """A Template of a Pillow image."""
    pixels = np.asarray(head.convert("L").resize((48, 48), Image.Resampling.BICUBIC), np.float32)
    return matching.Template(file, mirrored, pixels - pixels.mean())


def naive_scores(grey, pixels):
    """The formula, window by window, in float64."""
    height, width = pixels.shape
    scores = np.full((grey.shape[0] - height + 1, grey.shape[1] - width + 1), -np.inf)
    for y, x in np.ndindex(scores.shape):
        w = grey[y : y + height, x : x + width].astype(np.float64)
        w -= w.mean()
        if w.std() > matching.FLAT:
            scores[y, x] = (w * pixels).sum() / np.sqrt((w**2).sum() * (pixels**2.0).sum())
    return scores


@pytest.mark.parametrize("shape", [(9, 8), (5, 12)])
def test_the_best_window_is_the_formulas(shape):
    rng = np.random.default_rng(0)
    grey = np.kron(rng.integers(200, 256, (6, 8), np.uint8), np.ones((5, 5), np.uint8))
    pixels = rng.normal(0, 30, shape).astype(np.float32)
    pixels -= pixels.mean()
    scores = naive_scores(grey, pixels)
    y, x = np.unravel_index(scores.argmax(), scores.shape)
    score, middle = matching.best_window(grey, pixels)
    assert score == pytest.approx(scores.max(), abs=1e-5)
    assert middle == (x + shape[1] / 2, y + shape[0] / 2)


def test_flat_windows_are_never_the_best(head):
    """Even where all that is not flat is the template's negative: 0/0 does not beat -1."""
    one = template(head)
    grey = np.full((48, 200), 77, np.uint8)
    assert matching.best_window(grey, one.pixels)[0] == -np.inf
    grey[:, :48] = np.clip(128 - one.pixels, 0, 255)
    score, middle = matching.best_window(grey, one.pixels)
    assert np.isfinite(score) and middle[0] < 200 - 24
    grey[:, :48] = 77
    grey[::2, 1::2] += 1  # rounding errors are no contrast either
    assert matching.best_window(grey, one.pixels)[0] == -np.inf


@pytest.mark.parametrize("pasted", [(40, 60, 70), (150, 0, 110), (250, 130, 170), (0, 0, 300)])
def test_found_where_and_as_large_as_it_is(head, paste_head, pasted):
    left, top, side = pasted
    match = matching.search(paste_head(head, left, top, side), [template(head)], SCALES)
    assert match.score > 0.9
    box = matching.crop_box(match, 1, (420, 300))
    assert np.abs(np.subtract(box, pasted)).max() <= max(4, 0.05 * side)


def test_a_large_photograph_is_searched_small(head, paste_head, monkeypatch):
    """Whatever the image's size, OpenCV sees it no larger than the smallest head asks for."""
    seen = []
    real = matching.best_window
    monkeypatch.setattr(
        matching, "best_window", lambda grey, t: seen.append(grey.shape) or real(grey, t)
    )
    image = paste_head(head, 500, 700, 600, size=(2400, 1800))
    match = matching.search(image, [template(head)], SCALES)
    assert max(seen) == (240, 320) and min(seen) == (48, 64)
    assert np.abs(np.subtract(match.centre, (800, 1000))).max() < 600 / 24


def test_of_two_templates_the_right_one(head, draw_head, paste_head):
    other_head = draw_head(1)
    both = [template(head, "head"), template(other_head, "other")]
    for one, name in ((head, "head"), (other_head, "other")):
        assert matching.search(paste_head(one, 90, 80, 120), both, SCALES).template.file == name


def test_mirrored_heads(head, paste_head, tmp_path):
    head.save(tmp_path / "head.png")
    image = paste_head(head.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 90, 80, 120)
    match = matching.search(image, matching.read_templates([tmp_path / "head.png"], True), SCALES)
    assert match.template.mirrored and match.score > 0.9
    [one] = matching.read_templates([tmp_path / "head.png"], False)
    assert matching.search(image, [one], SCALES).score < 0.7


def test_no_match_in_flat_or_small_images(head):
    one = [template(head)]
    assert matching.search(np.full((300, 300, 3), 200, np.uint8), one, SCALES) is None
    noise = np.random.default_rng(0).integers(0, 256, (47, 300, 3), np.uint8)
    assert matching.search(noise, one, SCALES) is None
    assert matching.search(np.concatenate([noise, noise]), one, SCALES)
    assert matching.fits(48, 1) and not matching.fits(47, 1) and not matching.fits(200, 0.2)


@pytest.mark.parametrize(
    ("centre", "scale", "margin", "expected"),
    [
        ((100, 50), 0.4, 1, (80, 30, 40)),
        ((100, 50), 0.4, 1.5, (70, 20, 60)),
        ((5, 95), 0.4, 1, (0, 60, 40)),
        ((195, 5), 0.4, 1, (160, 0, 40)),
        ((100, 50), 0.9, 4, (50, 0, 100)),
        ((190, 50), 1, 1, (100, 0, 100)),
    ],
)
def test_crops_are_moved_inside_and_never_distorted(centre, scale, margin, expected):
    match = matching.Match(1, None, scale, centre)
    assert matching.crop_box(match, margin, (200, 100)) == expected


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.full((60, 60), 9, np.uint8), "one colour"),
        (np.arange(47 * 47, dtype=np.uint8).reshape(47, 47), "47x47 pixels"),
        (np.arange(60 * 500, dtype=np.uint8).reshape(60, 500), "at most 6 times"),
        (None, "empty file"),
    ],
)
def test_templates_that_cannot_be_used(tmp_path, pixels, reason):
    path = tmp_path / "t.png"
    path.touch() if pixels is None else Image.fromarray(pixels).save(path)
    with pytest.raises(UserError, match=reason) as error:
        matching.read_templates([path], True)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_without_opencv(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UserError, match=r'pip install -e "\.\[tools\]"'):
        matching.load_cv2()
