"""Copies are found however they were saved; images that merely resemble each other are not."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from unit_tf.data.checks import duplicates
from unit_tf.data.checks.duplicates import Member, exact_groups, near_groups
from unit_tf.data.checks.image_facts import examine
from unit_tf.data.image_lists import ImageFile


def encoded(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def groups(images):
    """Sorted names of the exact and of the near groups of {name: encoded image}."""
    facts = {name: examine(ImageFile(name, name, content)) for name, content in images.items()}
    members = [Member("train_a", name) for name in images]
    found = exact_groups(members, facts), near_groups(members, facts)
    return tuple(sorted(sorted(m.where for m in group) for group in of) for of in found)


def others(draw_head, count=20):
    return {f"other{i}": encoded(draw_head(100 + i), format="PNG") for i in range(count)}


def test_the_same_pixels_whatever_the_file(draw_head):
    image = draw_head(1)
    images = {"a": encoded(image, format="PNG"), "b": encoded(image, format="BMP")}
    assert groups(images | others(draw_head)) == ([["a", "b"]], [])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("jpeg", lambda image: encoded(image, format="JPEG", quality=75)),
        ("half", lambda image: encoded(image.resize((80, 80)), format="PNG")),
        ("larger", lambda image: encoded(image.resize((240, 240)), format="JPEG", quality=85)),
        ("brighter", lambda image: encoded(image.point(lambda v: min(255, v + 4)), format="PNG")),
    ],
)
def test_the_same_image_saved_again(draw_head, name, change):
    image = draw_head(1)
    images = {"image": encoded(image, format="PNG"), name: change(image)}
    assert groups(images | others(draw_head)) == ([], [sorted(images)])


def test_three_of_a_kind_are_one_group_with_their_exact_copies(draw_head):
    image = draw_head(1)
    images = {
        "a": encoded(image, format="PNG"), "b": encoded(image, format="BMP"),
        "c": encoded(image, format="JPEG", quality=95),
        "d": encoded(image.resize((80, 80)), format="PNG"),
    }  # fmt: skip
    assert groups(images | others(draw_head)) == ([["a", "b"]], [["a", "b", "c", "d"]])


def line_drawing(x):
    image = Image.new("RGB", (96, 96), "white")
    ImageDraw.Draw(image).ellipse((x, 30, x + 30, 60), outline="black", width=3)
    return image


def test_drawings_on_white_are_not_alike():
    """The hash alone has nearly the same bits for them."""
    images = {str(x): encoded(line_drawing(x), format="PNG") for x in range(10, 50, 4)}
    assert groups(images) == ([], [])


def test_faint_images_are_compared_by_their_own_contrast():
    """Two that lie within a few levels of each other, since both are dark."""
    slope = np.linspace(0, 12, 64)
    pixels = {"falls": slope[::-1, None] + slope, "rises": slope[:, None] + slope}
    images = {
        name: encoded(Image.fromarray(np.uint8(values)), format="PNG")
        for name, values in pixels.items()
    }
    assert groups(images) == ([], [])


def test_near_constant_images_are_no_near_duplicates():
    images = {str(v): encoded(Image.new("RGB", (32, 32), (v, v, v)), format="PNG") for v in (9, 10)}
    assert groups(images) == ([], [])


def test_blocks_do_not_matter(draw_head, monkeypatch):
    image = draw_head(1)
    images = {"a": encoded(image, format="PNG")} | others(draw_head, 5)
    images["z"] = encoded(image, format="JPEG", quality=95)
    whole = groups(images)
    monkeypatch.setattr(duplicates, "_BLOCK_PRODUCTS", 1)
    assert groups(images) == whole == ([], [["a", "z"]])
