"""One listing for every command: names, hidden files, links, earlier results."""

import os

import pytest

from unit_tf.data import image_listing
from unit_tf.data.image_listing import list_folder, list_images, named_places, nothing_found


@pytest.fixture
def make(tmp_path):
    """(*names) makes empty files below a folder, and gives the folder."""

    def make(*names, folder="in"):
        for name in names:
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path / folder

    return make


def names(folder, leave_out=None):
    return [path.relative_to(folder).as_posix() for path in list_images(folder, leave_out)]


def test_images_in_the_order_of_their_names(make):
    folder = make("b/c.PNG", "b.jpeg", "a/z.tif", "a.txt", "png", "x.png.txt", "d.png/e.gif")
    assert names(folder) == ["a/z.tif", "b/c.PNG", "b.jpeg", "d.png/e.gif"]


def test_hidden_files_and_folders_are_left_out_but_a_hidden_one_may_be_named(make):
    folder = make(".x.png", ".thumbs/y.png", "z.png", "._z.png")
    assert names(folder) == ["z.png"]
    assert names(folder / ".thumbs") == ["y.png"]


def test_linked_folders_are_followed(make, tmp_path):
    folder = make("a.png")
    (folder / "link").symlink_to(make("q.png", "deep/r.png", folder="elsewhere"))
    assert names(folder) == ["a.png", "link/deep/r.png", "link/q.png"]
    linked = tmp_path / "linked"
    linked.symlink_to(folder)
    assert names(linked) == names(folder)


def test_a_folder_is_read_once_and_by_its_own_name(make):
    """Whichever comes first in the alphabet."""
    folder = make("m/a.png")
    for link in ("b", "z"):
        (folder / link).symlink_to(folder / "m")
    assert names(folder) == ["m/a.png"]


def test_links_may_lead_back_up_and_round(make):
    folder = make("a.png", "sub/b.png")
    (folder / "sub/up").symlink_to(folder)
    other = make("c.png", folder="other")
    (folder / "there").symlink_to(other)
    (other / "back").symlink_to(folder / "sub")
    (folder / "nowhere").symlink_to(folder / "absent")
    assert names(folder) == ["a.png", "sub/b.png", "there/c.png"]


def test_earlier_results_are_no_input(make, tmp_path):
    folder = make("a.png", "out/b.png", "out/deep/c.png")
    (folder / "results").symlink_to(folder / "out/deep")
    assert names(folder, folder / "out") == ["a.png"]
    assert names(folder, tmp_path / "absent") == names(folder)


def test_the_input_may_lie_in_the_output_folder(make):
    output = make("old.png", "in/a.png", folder="out")
    (output / "in/up").symlink_to(output)
    assert names(output / "in", output) == ["a.png"]


def test_places(make, tmp_path):
    folder = make("x.png", folder="one, two")
    assert named_places(str(folder)) == [str(folder)]
    assert named_places("a, b,,") == ["a", "b"]
    assert named_places("") == [] and named_places(",".join(["absent"] * 999)) == ["absent"] * 999


def test_what_is_ignored_is_counted_by_its_ending(make, monkeypatch):
    extensions = image_listing.EXTENSIONS - {".heic", ".heif"}  # as without pillow-heif
    monkeypatch.setattr(image_listing, "EXTENSIONS", extensions)
    folder = make("a.png", "b.HEIC", "c/d.heic", "e.txt", "README", ".f.txt", "g.jfif", "h.avif")
    listing = list_folder(folder)
    assert [path.name for path in listing.images] == ["a.png", "g.jfif", "h.avif"]
    assert listing.ignored == {".heic": 2, ".txt": 1, "without an ending": 1}
    assert listing.remark() == (
        "3 images (4 ignored: 2 .heic, 1 .txt, 1 without an ending; "
        "heic needs pip install 'unit_tf[heic]')"
    )
    assert nothing_found({}).startswith("no images in it (.avif .bmp ")
    assert nothing_found({".heic": 2}).endswith(
        "); 2 ignored: 2 .heic; heic needs pip install 'unit_tf[heic]'"
    )
    assert (
        list_folder(folder / "c").images == []
        and list_folder(make("x.jp2", folder="one")).remark() == "1 image"
    )


def test_folders_that_cannot_be_read_are_counted(make, monkeypatch):
    folder, scandir = make("a.png", "b/c.png"), os.scandir

    def refuse(place):
        if place.endswith("b"):
            raise PermissionError(13, "Permission denied", place)
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read all
    assert list_folder(folder).remark() == "1 image (1 ignored: 1 unreadable folder)"
