"""Videos through ffmpeg where it is installed; one line where it is not."""

import fractions
import os
import shutil
import subprocess

import numpy as np
import pytest

from unit_tf.config import UserError
from unit_tf.data.images import BadImage
from unit_tf.inference import video_files
from unit_tf.inference.video_files import open_video, read_video, write_video

RATE = fractions.Fraction(30000, 1001)
installed = pytest.mark.skipif(
    not all(map(shutil.which, ("ffmpeg", "ffprobe"))), reason="ffmpeg is not installed"
)


def ramps(size=(16, 24), channels=3, count=5):
    """Smooth frames, each of another brightness."""
    ramp = np.linspace(0, 120, size[0] * size[1]).reshape(*size, 1) + np.zeros(channels)
    return [(ramp + 20 * k).astype(np.uint8) for k in range(count)]


@pytest.fixture
def tone(tmp_path):
    """A video with sound."""
    path = tmp_path / "tone.mkv"
    sources = ("-f", "lavfi", "-i", "color=c=gray:s=16x16:r=10:d=0.5", "-f", "lavfi", "-i")
    sources += ("sine=d=0.5", "-c:a", "pcm_s16le", path)
    subprocess.run(["ffmpeg", "-v", "error", *sources], check=True)
    return path


@installed
@pytest.mark.parametrize(
    ("name", "size", "channels"),
    [("x.mp4", (16, 24), 3), ("-x.MKV", (15, 23), 1)],  # odd sides, and a name like a flag
)
def test_frames_come_back(tmp_path, monkeypatch, name, size, channels):
    monkeypatch.chdir(tmp_path)
    path = tmp_path.joinpath(name).relative_to(tmp_path)
    frames = ramps(size, channels)
    write_video(path, iter(frames), RATE)
    video = open_video(path)
    assert video == (size, RATE, 5)
    found = list(read_video(path, video.rate))
    assert np.abs(np.stack(found).astype(int) - np.stack(frames)).max() <= 8


@installed
def test_sound_is_copied(tmp_path, tone):
    write_video(tmp_path / "x.mkv", iter(ramps()), fractions.Fraction(10), sound=tone)
    streams = ("-show_entries", "stream=codec_name", "-of", "csv=p=0", tmp_path / "x.mkv")
    said = subprocess.run(["ffprobe", "-v", "error", *streams], capture_output=True, text=True)
    assert said.stdout.split() == ["h264", "pcm_s16le"]


@installed
def test_what_is_damaged_or_not_to_be_written_is_one_line(tmp_path, tone):
    (tmp_path / "no.mp4").write_bytes(b"no video")
    with pytest.raises(BadImage, match=r"no\.mp4: ffmpeg: invalid data found"):
        open_video(tmp_path / "no.mp4")
    with pytest.raises(UserError, match=r"x\.mp4: cannot be written \(ffmpeg: "):
        write_video(tmp_path / "x.mp4", iter(ramps()), fractions.Fraction(-1))

    def failing():
        yield from ramps()
        raise UserError("the networks fail")

    with pytest.raises(UserError, match="the networks fail"):
        write_video(tmp_path / "x.mp4", failing(), RATE)
    assert {path.name for path in tmp_path.iterdir()} == {"no.mp4", "tone.mkv"}


@installed
@pytest.mark.timeout(20)
def test_a_cut_video_and_a_pipe_are_refused(tmp_path, tone):
    """ffmpeg takes the frames that are left for all, and waits for a pipe."""
    (tmp_path / "cut.mkv").write_bytes(tone.read_bytes()[:-99])
    with pytest.raises(BadImage, match=r"cut\.mkv: cut off: at least 99 bytes missing at its end$"):
        open_video(tmp_path / "cut.mkv")
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(BadImage, match=r"pipe\.mp4: a named pipe, not a file$"):
        open_video(tmp_path / "pipe.mp4")


def test_without_ffmpeg_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(video_files.shutil, "which", lambda name: None)
    expected = "x.mp4: needs ffmpeg and ffprobe, which this machine lacks; install ffmpeg, or "
    with pytest.raises(BadImage, match=expected + "give an animated webp$"):
        open_video(tmp_path / "x.mp4")
    with pytest.raises(UserError, match=expected + "name a .webp$"):
        write_video(tmp_path / "x.mp4", iter(ramps()), RATE)


@pytest.mark.parametrize(
    ("base", "mean", "rate"),
    [
        ("30000/1001", "2997/100", RATE),  # the mean of few frames is not exact
        ("90000/1", "24/1", fractions.Fraction(24)),  # changing times
        ("25/1", "0/0", fractions.Fraction(25)),
    ],
)
def test_one_rate_for_all(base, mean, rate):
    assert video_files._rate({"r_frame_rate": base, "avg_frame_rate": mean}) == rate
