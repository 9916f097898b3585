"""Files of several images: frames as they are shown, pages one by one, and their times."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, TiffImagePlugin

from unit_tf.data.animations import FRAMES, PAGES, find_animation, read_animation
from unit_tf.data.images import BadImage, decode

TIMES = [100, 50, 70]
COLOURS = [(200, 0, 0), (0, 180, 60), (20, 20, 220)]


def saved(frames, kind, **options):
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], **options)
    return file.getvalue()


def discs(mode="RGBA"):
    """A disc that moves over nothing: each frame changes a part, and some of it back."""
    frames = []
    for k, colour in enumerate(COLOURS):
        frame = Image.new(mode, (24, 16))
        ImageDraw.Draw(frame).ellipse((4 * k, 2, 4 * k + 11, 13), fill=colour)
        frames.append(frame)
    return frames


def read(encoded, channels=3):
    return list(read_animation(encoded, find_animation(io.BytesIO(encoded)), channels, "x"))


def over_white(frame):
    white = Image.new("RGBA", frame.size, "white")
    return np.asarray(Image.alpha_composite(white, frame).convert("RGB"))


@pytest.mark.parametrize(
    ("kind", "options", "plays"),
    [
        ("GIF", {"disposal": 2, "loop": 0}, 0),
        ("GIF", {"disposal": 2, "loop": 3}, 4),  # repeats
        ("GIF", {"disposal": 2}, 1),
        ("WEBP", {"lossless": True, "loop": 3}, 3),
        ("PNG", {"loop": 1}, 1),
    ],
)
def test_frames_are_composed_over_white_and_keep_their_times(kind, options, plays):
    encoded = saved(discs(), kind, duration=TIMES, **options)
    found = read(encoded)
    assert find_animation(io.BytesIO(encoded)) == (FRAMES, 3, (16, 24), plays)
    assert [frame.milliseconds for frame in found] == TIMES
    for frame, given in zip(found, discs(), strict=True):
        np.testing.assert_array_equal(frame.image, over_white(given))
    np.testing.assert_array_equal(found[0].image, decode(encoded, 3))


def test_partial_frames_are_laid_over_those_before():
    """As GIFs do it: two corners are drawn, one after the other, and stay."""
    whole = Image.new("P", (8, 8), 0)
    whole.putpalette([10, 10, 10, 200, 0, 0, 0, 200, 0])
    frames = [whole, whole.copy(), whole.copy()]
    for k in (1, 2):
        for later in frames[k:]:
            later.putpixel((k, k), k)
    encoded = saved(frames, "GIF")
    with Image.open(io.BytesIO(encoded)) as image:
        image.seek(2)
        assert image.tile[0].extents == (2, 2, 3, 3)  # a part indeed
    expected = [np.asarray(frame.convert("RGB")) for frame in frames]
    np.testing.assert_array_equal([frame.image for frame in read(encoded)], expected)


def test_an_image_for_viewers_without_animations_is_no_frame():
    encoded = saved(discs("RGB"), "PNG", default_image=True)
    assert [tuple(frame.image[8, 10]) for frame in read(encoded)] == COLOURS[1:]


@pytest.mark.parametrize("big", [False, True])
def test_pages_have_sizes_and_depths_of_their_own_and_previews_are_none(big):
    deep = Image.fromarray(np.full((6, 9), 65535, np.uint16))
    pages = [Image.new("RGB", (8, 5), COLOURS[0]), Image.new("L", (4, 4), 9), deep]
    file = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(file, True) if not big else file as writer:
        if big:
            pages[0].save(file, "TIFF", save_all=True, append_images=pages[2:], big_tiff=True)
        for page in () if big else pages:
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            tags[254] = int(page.mode == "L")
            page.save(writer, "TIFF", tiffinfo=tags)
            writer.newFrame()
        encoded = file.getvalue()
    assert find_animation(io.BytesIO(encoded)) == (PAGES, 2, (5, 8), 1)
    first, last = (frame.image for frame in read(encoded))
    assert first.shape == (5, 8, 3) and tuple(first[0, 0]) == COLOURS[0]
    assert last.shape == (6, 9, 3) and (last == 255).all()


def test_pages_are_counted_by_directories_alone():
    class Counted(io.BytesIO):
        count = 0

        def read(self, *size):
            found = super().read(*size)
            self.count += len(found)
            return found

    for count in (1, 2):
        file = Counted(saved([Image.new("RGB", (64, 64))] * count, "TIFF"))
        assert bool(find_animation(file)) == (count == 2)
        assert file.count < 1000 * count < 64 * 64


def test_a_single_image_is_none():
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        assert find_animation(io.BytesIO(saved(discs("RGB")[:1], kind))) is None
    assert all(find_animation(io.BytesIO(content)) is None for content in (b"no image", b""))


def test_a_broken_frame_is_named():
    noise = np.random.default_rng(0).integers(0, 256, (3, 32, 32), np.uint8)
    encoded = saved([Image.fromarray(frame) for frame in noise], "GIF")
    with pytest.raises(BadImage, match="^x: frame 3 of 3: truncated or corrupt"):
        read(encoded[:-300] + bytes(300) + b";")


@pytest.mark.parametrize("count", [1, 2])
def test_a_gif_that_ends_between_frames_is_cut_off(count):
    encoded = saved(discs("RGB"), "GIF", loop=0, duration=TIMES)
    assert find_animation(io.BytesIO(encoded)).count == 3
    before = b"!\xf9\x04"  # each frame
    whole = before.join(encoded.split(before)[: count + 1])
    with pytest.raises(BadImage, match="^x: cut off"):
        find_animation(io.BytesIO(whole), name="x")
    assert (find_animation(io.BytesIO(whole + b";")) or [0, 1])[1] == count
