"""unit-translate of clips: every frame, in one style, and calmer where that is asked for."""

import collections
import io

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import translate
from unit_tf.data.animations import PAGES, Animation, find_animation, read_animation
from unit_tf.data.images import to_float, to_uint8
from unit_tf.inference import compiled_networks, decoded_images
from unit_tf.inference.any_size import translate_any_size
from unit_tf.inference.clip_files import Clip
from unit_tf.inference.clips import styles_at_a_time
from unit_tf.inference.file_translation import TranslateRequest, prepare
from unit_tf.inference.style_requests import StyleRequest
from unit_tf.training import workdir as workdir_lib

TIMES = [100, 50, 70]


def scenes(count=3, size=(12, 16)):
    """Frames of few colours, whose left half is at rest."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, 4, size) * 60
    moving = rng.integers(0, 4, (count, *size)) * 60
    half = np.arange(size[1]) < size[1] // 2
    grey = np.where(half, first, moving).astype(np.uint8)
    return np.stack([grey, 200 - grey, grey], -1)


@pytest.fixture
def folder(tmp_path, save_image):
    """A still image, an animated gif and a tiff of two pages."""
    frames = [Image.fromarray(frame) for frame in scenes()]
    save_image(tmp_path / "in/a.png")
    rest = {"save_all": True, "append_images": frames[1:]}
    frames[0].save(tmp_path / "in/b.gif", duration=TIMES, loop=0, **rest)
    frames[0].save(
        tmp_path / "in/c.tif", save_all=True, append_images=[frames[1].crop((0, 0, 9, 5))]
    )
    return tmp_path / "in"


@pytest.fixture
def arguments(tmp_path, folder):
    """(workdir, output) -> flags."""

    def made(workdir, output="out", *more):
        return (
            f"--workdir={workdir}", "--direction=a2b", f"--input={folder}",
            f"--output={tmp_path / output}", *more,
        )  # fmt: skip

    return made


def images(path):
    encoded = path.read_bytes()
    found = read_animation(encoded, find_animation(io.BytesIO(encoded)), 3, "x")
    return [(frame.image, frame.milliseconds) for frame in found]


def test_every_frame_and_page(tmp_path, make_workdir, arguments, run_command, tree, tiny_methods):
    workdir = make_workdir()
    result = run_command(translate, *arguments(workdir))
    assert (result.code, result.err) == (0, f"--input={tmp_path / 'in'}: 3 images\n")
    assert tree(tmp_path / "out") == ["a.png", "b.webp", "c.tif"]
    assert "; flicker: b.webp " in result.out.splitlines()[-1]
    method = tiny_methods(workdir_lib.read_config(workdir))
    found = images(tmp_path / "out/b.webp")
    assert [milliseconds for _, milliseconds in found] == TIMES
    pages = [page for page, _ in images(tmp_path / "out/c.tif")]
    assert [page.shape for page in pages] == [(12, 16, 3), (5, 9, 3)]
    expected = to_uint8(translate_any_size(method, to_float(scenes()), "a2b"))
    assert np.abs(pages[0].astype(int) - expected[0]).max() <= 1
    for (frame, _), wanted in zip(found, expected, strict=True):  # webp is lossy
        assert np.abs(frame.mean((0, 1)) - wanted.mean((0, 1))).max() <= 10


def test_flicker_is_calmed_and_said(tmp_path, make_workdir, arguments, folder, run_command):
    workdir, scores = make_workdir(), []
    for name in ("a.png", "c.tif"):
        (folder / name).unlink()
    for more in ((), ("--shifts=2", "--temporal_smoothing=0.9")):
        result = run_command(translate, *arguments(workdir, "out", *more))
        scores.append(float(result.out.split("b.webp ")[-1].split()[0]))
    assert scores[1] < 0.7 * scores[0]


def test_one_style_for_all_frames(
    tmp_path, make_workdir, styled, arguments, folder, save_image, run_command, tree
):
    """Of each style a clip; the sheet shows the first frame."""
    for name in ("a.png", "c.tif"):
        (folder / name).unlink()
    for seed, name in enumerate("xy"):
        save_image(tmp_path / f"art/{name}.png", (16, 16), seed=seed)
    more = f"--style={tmp_path / 'art'}"
    assert run_command(translate, *arguments(make_workdir(**styled), "out", more)).code == 0
    assert tree(tmp_path / "out") == ["b_x.webp", "b_y.webp", "matrix.png"]
    first, second = (images(tmp_path / f"out/b_{name}.webp") for name in "xy")
    assert len(first) == len(second) == 3
    assert not np.array_equal(first[0][0], second[0][0])


def test_styles_are_computed_together_as_far_as_the_memory_goes(
    tmp_path, make_workdir, styled, arguments, folder, run_command, monkeypatch
):
    """One style at a time gives the same clips. Pages differ in size, and go one at a time."""
    for name in ("a.png", "c.tif"):
        (folder / name).unlink()
    workdir, found, counts = make_workdir(**styled), [], []
    run = compiled_networks.run_network

    def counted(compiled, x, name, *style):
        counts.append(len(style[0]))
        return run(compiled, x, name, *style)

    monkeypatch.setattr(compiled_networks, "run_network", counted)
    frame = 3 * 12 * 16
    for budget in (3 * frame, 0):  # one more clip of three frames may be kept, or none
        monkeypatch.setattr(decoded_images, "KEPT_BYTES", budget)
        counts.clear()
        assert run_command(translate, *arguments(workdir, f"{budget}", "--num_styles=3")).code == 0
        found.append([images(path) for path in sorted((tmp_path / f"{budget}").glob("b_*"))])
        assert collections.Counter(counts) == ({2: 3, 1: 3} if budget else {1: 9})
    assert styles_at_a_time(Clip(Animation(PAGES, 3, (12, 16), 1)), 99 * frame) == 1
    for together, apart in zip(*found, strict=True):
        assert [time for _, time in together] == TIMES
        for (one, _), (other, _) in zip(together, apart, strict=True):
            assert np.abs(one.astype(int) - other).max() <= 8  # webp is lossy


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--shifts=3", "--shifts=3: expected 1, 2, 4"),
        ("--temporal_smoothing=1.5", "--temporal_smoothing"),
        ("--resize=-1", "--resize=-1: expected trained, or the pixels of the shorter side"),
    ],
)
def test_bad_flags(tmp_path, make_workdir, arguments, refused, flag, expected):
    assert expected in refused(translate, *arguments(make_workdir(), "out", flag))
    assert not (tmp_path / "out").exists()


def test_every_frame_and_page_is_resized(tmp_path, make_workdir, arguments, run_command):
    result = run_command(translate, *arguments(make_workdir(), "out", "--resize=6"))
    assert result.code == 0
    assert [image.shape for image, _ in images(tmp_path / "out/b.webp")] == [(6, 8, 3)] * 3
    assert [image.shape for image, _ in images(tmp_path / "out/c.tif")] == [(6, 8, 3), (6, 11, 3)]


@pytest.mark.parametrize(("resize", "count"), [(6, 100), (600, 1)])
def test_styles_are_computed_together_by_the_size_of_frames_once_resized(
    tmp_path, make_workdir, styled, folder, resize, count
):
    """Frames of 12x16 in 100 styles."""
    workdir = str(make_workdir(**styled))
    places = workdir, "a2b", str(folder / "b.gif"), str(tmp_path / "out")
    found = prepare(TranslateRequest(*places, styles=StyleRequest(100), resize=resize))
    (clip,) = found.clips.values()
    assert clip.held.size == (resize, resize * 4 // 3)
    assert min(100, styles_at_a_time(clip, 2**29)) == count
