"""Which files hold several images, what their results are called, and how many images are taken."""

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.image_limits import Limits
from unit_tf.data.images import BadImage
from unit_tf.data.scaling import Scaling
from unit_tf.evaluation.metrics.flicker import Flicker
from unit_tf.inference import image_files, video_files
from unit_tf.inference.clip_files import DecodedClips, flicker_text


@pytest.fixture
def folder(tmp_path):
    """Three gifs in "in": one of three frames, one of one, and one that is none."""
    (tmp_path / "in").mkdir()
    frames = [Image.new("RGB", (20, 10), (90 * k, 0, 0)) for k in range(3)]
    frames[0].save(tmp_path / "in/moves.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "in/still.gif")
    (tmp_path / "in/bad.gif").write_bytes(b"no image")
    return tmp_path / "in"


def planned(source, output):
    return {
        job.source.name: job.target.name for job in image_files.plan(source, output, clips=True)
    }


def test_an_animated_gif_becomes_a_webp_and_a_single_image_a_png(folder, tmp_path):
    names = {"bad.gif": "bad.png", "moves.gif": "moves.webp", "still.gif": "still.png"}
    assert planned(folder, tmp_path / "out") == names


def test_who_takes_no_clips_gets_what_there_was_before(folder, tmp_path):
    (folder / "v.mp4").touch()
    jobs = image_files.plan(folder, tmp_path / "out")
    assert [job.target.name for job in jobs] == ["bad.png", "moves.png", "still.png"]
    jobs = image_files.plan(folder / "moves.gif", tmp_path / "x")
    assert [job.target.name for job in jobs] == ["moves.png"]


def test_a_file_may_be_named_for_what_moves(folder, tmp_path):
    for name in ("x.gif", "x.PNG", "x.mp4", "x.jpg"):
        assert planned(folder / "moves.gif", tmp_path / name) == {"moves.gif": name}
    for name in ("x.gif", "x.mp4"):
        with pytest.raises(UserError, match=f"{name}: cannot be written; name a folder or one of"):
            planned(folder / "still.gif", tmp_path / name)
    (folder / "v.mp4").touch()
    assert planned(folder / "v.mp4", tmp_path / "x.mkv") == {"v.mp4": "x.mkv"}
    with pytest.raises(UserError, match=r"x\.jpg: holds no video; name a folder or one of \.gif"):
        planned(folder / "v.mp4", tmp_path / "x.jpg")


@pytest.mark.parametrize("installed", [True, False])
def test_videos_of_a_folder_are_taken_where_they_can_be_read(
    folder, tmp_path, capsys, monkeypatch, installed
):
    monkeypatch.setattr(video_files.shutil, "which", lambda name: name if installed else None)
    (folder / "v.MP4").touch()
    assert ("v.MP4" in planned(folder, tmp_path / "out")) == installed
    assert ("ignored: 1 .mp4" in capsys.readouterr().err) != installed


def test_all_frames_are_read_and_only_a_file_for_them_gets_them(folder, tmp_path):
    source = folder / "moves.gif"
    for name, count in (("x.webp", 3), ("x.jpg", 0)):
        decoded = DecodedClips(3)
        assert decoded.measure(source, tmp_path / name) == (10, 20)
        assert sum(clip.count for clip in decoded.clips.values()) == count
        assert bool(decoded.remarks) == (count == 0)  # only frame 1 of 3 taken
    decoded = DecodedClips(3)
    decoded.measure(source, tmp_path / "x.webp")
    assert [image[0, 0, 0] for image in decoded.images(source)] == [0, 90, 180]


def test_a_cut_gif_is_bad_and_not_a_still_image(folder, tmp_path):
    source = folder / "moves.gif"
    noise = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    first, second = map(Image.fromarray, noise)
    first.save(source)
    count = source.stat().st_size
    first.save(source, save_all=True, append_images=[second])
    source.write_bytes(source.read_bytes()[: count + 100])
    for output in ("out", "x.mp4"):  # no ending is called wrong, for the file is
        (job,) = image_files.plan(source, tmp_path / output, clips=True)
        with pytest.raises(BadImage, match=r"moves\.gif: truncated or corrupt"):
            DecodedClips(3).measure(*job)


def test_frames_times_pixels_are_limited(folder, tmp_path):
    """8 bytes each as a png, until it is written: 4800 together."""
    jobs = image_files.plan(folder / "moves.gif", tmp_path / "x.png", clips=True)

    def check(memory, skip_bad):
        decoded = DecodedClips(3, limits=Limits(memory=memory, prefix="--"))
        return image_files.check(jobs, 3, skip_bad, decoded=decoded)

    assert check(4800, False) == (jobs, [])
    expected = r"3 frames of 10x20 pixels take about .* as \.png, .*\(--max_memory_gb\)"
    with pytest.raises(UserError, match=expected):
        check(4799, False)


def test_flicker_in_words(tmp_path):
    still, moving = Flicker(), Flicker()
    for k in range(2):
        still.add(np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 9 * k, np.uint8))
        moving.add(np.full((4, 4, 3), 99 * k, np.uint8), np.zeros((4, 4, 3), np.uint8))
    found = {tmp_path / "a.webp": still, tmp_path / "b.webp": moving}
    assert flicker_text(found) == (
        "; flicker: a.webp 9.00 of 255 over the 100% at rest, b.webp nothing is at rest"
    )
    assert flicker_text({}) == ""


@pytest.mark.parametrize(("name", "expected"), [("x.webp", (7, 14)), ("x.mp4", (8, 14))])
def test_videos_get_even_sides_where_frames_are_scaled(folder, tmp_path, name, expected):
    """Frames of 10x20; few players take videos of odd sides."""
    clips = DecodedClips(3, scaling=Scaling((1, 1), 7))
    path = folder / "moves.gif"
    assert clips.measure(path, tmp_path / name) == expected
    assert [image.shape[:2] for image in clips.images(path)] == [expected] * 3
    assert clips.clips[path].held.size == expected
