"""Clips as files: frames and times come back from every format."""

import fractions
import io

import numpy as np
import pytest

from unit_tf.config import UserError
from unit_tf.data.animations import FRAMES, PAGES, Animation, find_animation, read_animation
from unit_tf.inference.clip_files import Clip
from unit_tf.inference.clip_writers import frame_times, steady_frames, write_clip
from unit_tf.inference.video_files import Video

TIMES = (100, 50, 70)
RAMP = np.linspace(0, 90, 16 * 24).reshape(16, 24, 1)


def ramps(channels=3):
    return [(RAMP + 60 * k + np.zeros(channels)).astype(np.uint8) for k in range(3)]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("name", "plays"), [
    ("x.webp", 0), ("x.webp", 2), ("x.png", 1), ("x.gif", 0), ("x.gif", 1), ("x.gif", 2),
])  # fmt: skip
def test_animations(tmp_path, name, plays, channels):
    clip = Clip(Animation(FRAMES, 3, (16, 24), plays), TIMES)
    write_clip(tmp_path / "new" / name, iter(ramps(channels)), tmp_path / "source.gif", clip)
    encoded = (tmp_path / "new" / name).read_bytes()
    found = find_animation(io.BytesIO(encoded))
    assert found == clip.held
    frames = list(read_animation(encoded, found, channels, "x"))
    assert [frame.milliseconds for frame in frames] == list(TIMES)
    apart = np.abs(np.stack([f.image for f in frames]).astype(int) - np.stack(ramps(channels)))
    assert apart.mean() <= (0 if name == "x.png" else 3)


def test_pages_of_any_size(tmp_path):
    pages = [np.full((8, 9, 3), 7, np.uint8), np.full((4, 5, 3), 200, np.uint8)]
    clip = Clip(Animation(PAGES, 2, (8, 9), 1), (0, 0))
    write_clip(tmp_path / "x.tif", iter(pages), tmp_path / "source.tif", clip)
    encoded = (tmp_path / "x.tif").read_bytes()
    found = read_animation(encoded, find_animation(io.BytesIO(encoded)), 3, "x")
    for page, given in zip(found, pages, strict=True):
        np.testing.assert_array_equal(page.image, given)


def test_a_failure_leaves_nothing_and_is_one_line(tmp_path):
    def failing():
        yield from ramps()[:2]
        raise UserError("the networks fail")

    clip = Clip(Animation(FRAMES, 3, (16, 24), 0), TIMES)
    for name in ("x.webp", "x.gif", "x.png"):
        with pytest.raises(UserError, match="^the networks fail$"):
            write_clip(tmp_path / name, failing(), tmp_path / "source.gif", clip)
    wide = (np.zeros((1, 20_000, 3), np.uint8) for _ in range(3))
    with pytest.raises(UserError, match=r"x\.webp: cannot be written \("):
        write_clip(tmp_path / "x.webp", wide, tmp_path / "source.gif", clip)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("times", "rate", "repeats"),
    [((100, 50, 150), 20, [2, 1, 3]), ((0, 100, 100), 10, [1, 1, 1]), ((33, 33, 33), 30, [1] * 3)],
)
def test_a_video_has_one_time_for_all_frames(times, rate, repeats):
    clip = Clip(Animation(FRAMES, 3, (16, 24), 0), times)
    found, frames = steady_frames(iter("abc"), clip)
    assert round(found) == rate
    assert "".join(frames) == "".join(f * n for f, n in zip("abc", repeats, strict=True))


def test_times_of_a_video_add_up():
    clip = Clip(Video((16, 24), fractions.Fraction(30000, 1001), 300))
    assert sum(frame_times(clip)) == 10010 and set(frame_times(clip)) == {33, 34}
    assert sum(frame_times(clip, 10)) == 10010 and set(frame_times(clip, 10)) == {30, 40}
