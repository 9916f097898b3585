import dataclasses

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import DataConfig
from unit_tf.data.base import DataError
from unit_tf.data.sources.folders import open_folders, refuse_absent

SIZE = (8, 8)


def write(path, value=0, size=(10, 12)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value,) * 3).save(path)
    return path


def values(domain):
    """Grey level of each image, in order: which file stands at which index."""
    return [int(domain.crop(i, np.random.default_rng(0))[0, 0, 0]) for i in range(len(domain))]


@pytest.fixture
def config(tmp_path):
    """Two folders, 3 images of A in two levels, 2 larger ones of B."""
    write(tmp_path / "a/b/second.PNG", 20)
    write(tmp_path / "a/a.jpeg", 10)
    write(tmp_path / "a/z.TIF", 30)
    write(tmp_path / "b/x.webp", 40, (30, 20))
    write(tmp_path / "b/y.bmp", 50, (9, 40))
    return DataConfig(dir_a=str(tmp_path / "a"), dir_b=str(tmp_path / "b"), image_size=SIZE)


def test_folders_are_walked_in_order_whatever_the_case(config):
    data = open_folders(config)
    assert values(data.train_a) == [10, 20, 30] and values(data.train_b) == [40, 50]
    assert data.test_a == data.test_b == [] and data.notes == ("A: 3 images, B: 2 images",)
    assert [image.name for image in data.contents["a"]] == ["a.jpeg", "b/second.PNG", "z.TIF"]


def test_other_and_hidden_files_are_not_images(config, tmp_path):
    for name in ("a/readme.txt", "a/Thumbs.db", "a/._a.jpeg", "a/.cache/x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"no image")
    data = open_folders(config)
    assert len(data.train_a) == 3
    assert data.notes == ("A: 3 images (2 ignored: 1 .db, 1 .txt), B: 2 images",)


def test_links_are_followed_and_may_lead_back_up(config, tmp_path):
    write(tmp_path / "elsewhere/q.png", 99)
    (tmp_path / "a/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "a/loop").symlink_to(tmp_path / "a")
    assert values(open_folders(config).train_a) == [10, 20, 99, 30]


def test_lists_and_several_places(config, tmp_path):
    listed = tmp_path / "lists/some.txt"
    listed.parent.mkdir()
    listed.write_text(f"\ufeff# chosen\n../a/z.TIF\n\n{tmp_path}/b/y.bmp\n", encoding="utf-8")
    config = dataclasses.replace(config, dir_a=f"{listed}, {tmp_path}/b")
    data = open_folders(config)
    assert values(data.train_a) == [30, 50, 40, 50]
    assert data.notes == ("A: 4 images, B: 2 images",)


def test_a_comma_in_a_folder_name(config, tmp_path):
    write(tmp_path / "one, two/x.png", 70)
    config = dataclasses.replace(config, dir_a=str(tmp_path / "one, two"))
    assert values(open_folders(config).train_a) == [70]


def cyclegan(root, names_a=("1.png", "2.png"), names_b=("1.jpg", "2.jpg")):
    for i, folder in enumerate(("trainA", "trainB")):
        write(root / folder / "t.png", 10 * i)
    for folder, names, base in (("testA", names_a, 100), ("testB", names_b, 200)):
        for i, name in enumerate(names):
            write(root / folder / name, base + i)
    return DataConfig(root=str(root), image_size=SIZE)


def test_held_out_only_looks_for_nothing_else(tmp_path):
    config = cyclegan(tmp_path)
    whole = open_folders(config)
    for folder in ("trainA", "trainB"):
        (tmp_path / folder / "t.png").unlink()
        (tmp_path / folder).rmdir()
    data = open_folders(config, held_out_only=True)
    assert len(data.train_a) == len(data.train_b) == 0
    assert [data.test_a, data.test_b] == [whole.test_a, whole.test_b]
    assert data.notes == ("test A: 2 images, test B: 2 images",) and data.contents is None
    assert whole.notes == ("A: 1 image, B: 1 image, test A: 2 images, test B: 2 images",)
    with pytest.raises(DataError, match=r"--data\.root=.*no such folder"):
        open_folders(dataclasses.replace(config, root=f"{tmp_path}/gone"), held_out_only=True)


def test_cyclegan_layout_and_its_overrides(tmp_path):
    config = cyclegan(tmp_path)
    data = open_folders(config)
    assert values(data.train_a) == [0] and values(data.train_b) == [10]
    assert [p.name for p in data.test_a] == ["1.png", "2.png"]
    paper = dataclasses.replace(config, dir_b=str(tmp_path / "testB"))
    assert values(open_folders(paper).train_b) == [200, 201]


@pytest.mark.parametrize(
    ("names_a", "names_b"),
    [
        (("1.png", "2.png", "s/3.png"), ("s/3.png", "2.png", "1.png")),
        (("1_A.png", "10_A.png", "2_A.png"), ("1_B.png", "10_B.png", "2_B.png")),  # CycleGAN's maps
        (("x_A.png", "y_A.png"), ("x_A.png", "y_A.png")),
    ],
)
def test_matching_names_are_pairs(tmp_path, names_a, names_b):
    data = open_folders(cyclegan(tmp_path, names_a, names_b))
    order_b = {name.replace("_B", "_A"): 200 + i for i, name in enumerate(names_b)}
    for one in data.test_a:
        assert one.load_truth()[0, 0, 0] == order_b[one.name]
    for one, other in zip(data.test_a, data.test_b, strict=True):
        assert (one.load(), other.load())[0].tolist() == other.load_truth().tolist()
        assert one.load_truth().tolist() == other.load().tolist()
    assert len(data.notes) == 1


@pytest.mark.parametrize(
    ("names_a", "names_b", "noted"),
    [
        (("1.png", "2.png"), ("1.png",), "1 names match of 2 in A and 1 in B"),
        (("1.png", "1.bmp"), ("1.png", "2.png"), "1 names match"),
        (("u.png",), ("v.png",), None),
        (("u.png",), (), None),
    ],
)
def test_otherwise_nothing_is_a_pair(tmp_path, names_a, names_b, noted):
    data = open_folders(cyclegan(tmp_path, names_a, names_b))
    assert all(p.load_truth is None for p in data.test_a + data.test_b)
    assert len(data.test_a) == len(names_a) and len(data.test_b) == len(names_b)
    assert noted in data.notes[1] if noted else len(data.notes) == 1


def test_held_out_names_are_unique(config, tmp_path):
    both = f"{write(tmp_path / 't1/x.png').parent},{write(tmp_path / 't2/x.png').parent}"
    config = dataclasses.replace(config, test_dir_a=f"{both},{tmp_path / 't1'}")
    names = [p.name for p in open_folders(config).test_a]
    assert names == [str(tmp_path / "t1/x.png"), str(tmp_path / "t2/x.png")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "--data.dir_a: not given"),
        ({"dir_a": "{}/a"}, "--data.dir_b: not given"),
        ({"dir_a": "{}/gone"}, "--data.dir_a=.*/gone: no such folder"),
        ({"dir_a": "{}/empty"}, "--data.dir_a=.*/empty: no images in it"),
        ({"dir_a": "{}/empty.txt"}, "no images in it"),
        ({"dir_a": "{}/latin.txt"}, "cannot be read as UTF-8"),
        ({"dir_a": "{}/a/a.jpeg"}, "neither a folder nor a .txt list"),
        ({"dir_a": "{0}/a", "dir_b": "{0}/b", "test_dir_b": "{0}/gone"}, "--data.test_dir_b="),
        ({"root": "{}/a"}, "--data.root=.*: no folder trainA"),
        ({"root": "{}/gone"}, "--data.root=.*: no such folder"),
    ],
)
def test_wrong_settings_are_one_line(config, tmp_path, settings, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.txt").touch()
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9.png\n")
    settings = {k: v.format(tmp_path) for k, v in settings.items()}
    with pytest.raises(DataError, match=message) as raised:
        open_folders(DataConfig(image_size=SIZE, **settings))
    assert "\n" not in str(raised.value)


def spoil(path, kind):
    """Writes a bad file."""
    if kind == "truncated":
        content = write(path, 5, (64, 64)).read_bytes()
        path.write_bytes(content[: len(content) // 2])
    elif kind == "bomb":
        Image.new("1", (10_000, 10_000)).save(path)
    elif kind == "small":
        write(path, 5, (3, 30))
    else:
        path.write_bytes({"empty": b"", "text": b"hello" * 20}[kind])


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("empty", "empty file"),
        ("truncated", "truncated"),
        ("text", "not a png"),
        ("bomb", "more than 89 million pixels"),
        ("small", "30x3 is too small"),
    ],
)
def test_bad_files_stop_or_are_skipped(config, tmp_path, kind, reason):
    spoil(tmp_path / "a/b/bad.png", kind)
    with pytest.raises(DataError, match=rf"1 of 6 images .*a/b/bad.png \({reason}.*skip_bad"):
        open_folders(config)
    data = open_folders(dataclasses.replace(config, skip_bad=True))
    assert values(data.train_a) == [10, 20, 30]
    assert data.notes[0] == "A: 4 images, B: 2 images"
    assert data.notes[1].startswith("skipped 1 of 6 images: ") and reason in data.notes[1]


def test_a_missing_file_of_a_list(config, tmp_path):
    (tmp_path / "l.txt").write_text("a/a.jpeg\na/gone.png\n")
    with pytest.raises(DataError, match="gone.png .no such file"):
        open_folders(dataclasses.replace(config, dir_a=str(tmp_path / "l.txt")))


def test_a_home_of_nobody_in_a_list_is_named_with_its_line(config, tmp_path):
    (tmp_path / "l.txt").write_text("a/a.jpeg\n\n~nosuchuser/x.png\n")
    with pytest.raises(DataError) as raised:
        open_folders(dataclasses.replace(config, dir_a=str(tmp_path / "l.txt")))
    expected = f"--data.dir_a={tmp_path}/l.txt: line 3: no such user, ~nosuchuser/x.png"
    assert str(raised.value) == expected


def test_a_tilde_in_a_list_may_be_a_home_or_a_letter(config, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "b"))
    write(tmp_path / "~x.png", 60)
    (tmp_path / "l.txt").write_text("~/x.webp\n~x.png\n")
    config = dataclasses.replace(config, dir_a=str(tmp_path / "l.txt"))
    assert values(open_folders(config).train_a) == [40, 60]


def test_absent_places_are_named_before_anything_is_listed(tmp_path):
    (tmp_path / "one, two").mkdir()
    (tmp_path / "l.txt").touch()
    there = f"{tmp_path}/l.txt,{tmp_path}"
    refuse_absent({"data.dir_a": str(tmp_path / "one, two"), "data.dir_b": there})
    refuse_absent({"data.root": tmp_path, "data.skip_bad": True, "run.steps": 3})
    for name, line in {
        "data.dir_a": "--data.dir_a=/absent: no such folder or list",
        "data.root": f"--data.root={there},/absent: no such folder",
    }.items():
        with pytest.raises(DataError) as raised:
            refuse_absent({name: f"{there},/absent"})
        assert str(raised.value) == line
