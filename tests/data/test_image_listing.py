"""One listing for every command: names, hidden files, links, earlier results."""

import pytest

from unit_tf.data.image_listing import list_images, named_places


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
