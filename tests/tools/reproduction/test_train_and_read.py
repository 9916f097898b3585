"""tools/reproduction/train_and_read.py: what is read, when, and what a stopped training lacks."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import flags

TINY = [
    "--preset=maps", "--data.source=folder", "--data.tfds=", "--data.image_size=16",
    "--model.width=0.0625", "--model.discriminator_depth=2", "--model.num_blocks=1",
]  # fmt: skip


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("reproduction/train_and_read")


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    """A folder in CycleGAN's layout, whose test images are pairs.

    Of few levels: the search for the best constant colour takes seconds among all 256^3.
    """
    root, rng = tmp_path_factory.mktemp("maps"), np.random.default_rng(0)
    for part in ("trainA", "trainB", "testA", "testB"):
        (root / part).mkdir()
        for i in range(2):
            pixels = rng.integers(96, 160, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(root / part / f"{i}_{part[-1]}.png")
    return root


@pytest.fixture(scope="module")
def run(tool, eagerly):
    """run(folder, *flags) -> exit code; trains in folder/work, its record is folder/record.json."""

    def run(folder, *arguments):
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        argv = ["train_and_read", f"--workdir={folder / 'work'}"]
        argv += [f"--record={folder / 'record.json'}", *arguments]
        with eagerly():
            return flags.run(tool.main, tool.FLAGS, tool.__doc__, argv)

    return run


@pytest.fixture(scope="module")
def tiny(maps):
    """Flags of the smallest training."""
    return [*TINY, f"--data.root={maps}"]


@pytest.fixture(scope="module")
def whole(run, tiny, tmp_path_factory):
    """Folder of a training of two steps, both read."""
    folder = tmp_path_factory.mktemp("whole")
    assert run(folder, *tiny, "--run.steps=2") == 0
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    """The same, to be changed."""
    return shutil.copytree(whole, tmp_path / "copy")


def scores(readings):
    return [{key: reading[key] for key in ("step", "a2b", "b2a")} for reading in readings]


def load(path):
    return json.loads(path.read_text())


def test_what_was_saved_and_not_read_is_read_before_it_goes_on(run, tiny, whole, copy):
    """A kill between a checkpoint and its reading costs no reading."""
    readings = load(whole / "record.json")["readings"]
    assert [reading["step"] for reading in readings] == [1, 2]
    path = copy / "work" / "result.json"
    path.write_text(json.dumps({**load(path), "readings": readings[:1], "is_whole": False}))
    assert run(copy, *tiny, "--run.steps=3") == 0
    found = load(copy / "record.json")["readings"]
    assert [reading["step"] for reading in found] == [1, 2, 3]
    assert scores(found[:2]) == scores(readings)


@pytest.mark.slow
def test_only_the_last_reading_is_missing(run, tiny, whole, copy):
    record = load(whole / "record.json")
    path = copy / "work" / "result.json"
    path.write_text(json.dumps({**record, "readings": record["readings"][:1], "is_whole": False}))
    (copy / "record.json").unlink()
    assert run(copy, *tiny, "--run.steps=2") == 0
    found = load(copy / "record.json")
    assert scores(found["readings"]) == scores(record["readings"]) and found["is_whole"]
    assert found["references"] == record["references"]


def test_fewer_steps_than_there_are(run, tiny, copy, capfd):
    """A record would have its last score under another step."""
    assert run(copy, *tiny, "--run.steps=1") == 2
    err = capfd.readouterr().err
    assert "--run.steps=1: " in err and "stands at step 2; give as many" in err


def test_read_again(run, whole, copy):
    """Scores that the record lacks come back."""
    path, record = copy / "record.json", load(whole / "record.json")
    lacking = load(path)
    del lacking["readings"][-1]["a2b"]["ssim"], lacking["scores"]
    path.write_text(json.dumps(lacking))
    assert run(copy, "--read_again") == 0
    found = load(path)
    assert (found["readings"], found["scores"]) == (record["readings"], record["scores"])
    assert len(found["scores"]["a2b"]["each"]["l1"]) == 2 and found["read_again"]["commit"]


def test_read_again_refuses_what_has_changed(run, copy, capfd):
    path = copy / "record.json"
    changed = load(path)
    changed["readings"][-1]["b2a"]["l1"] += 1
    path.write_text(json.dumps(changed))
    before = path.read_bytes()
    assert run(copy, "--read_again") == 2
    assert "b2a l1 is another now" in capfd.readouterr().err and path.read_bytes() == before


@pytest.mark.parametrize(
    "readings",
    ['[{"step": 2}]', "{}", '[{"step": true, "a2b": {}, "b2a": {}}]', "[3]", "[" * 100_000,
     '[{"step": 1e400, "a2b": {}, "b2a": {}}]', '[{"step": 2, "a2b": 3, "b2a": {}}]',
     '[{"step": 2, "a2b": {"l1": 1' + "0" * 400 + '}, "b2a": {}}]',
     '[{"step": 2, "a2b": {"l1": "x"}, "b2a": {}}]'],
    ids=lambda text: text[:20],
)  # fmt: skip
@pytest.mark.parametrize("name", ["work/result.json", "record.json"])
def test_damaged_readings(run, tiny, copy, capfd, readings, name):
    """Of a training that goes on, and of a record that is read again; nothing is written."""
    path = copy / name
    path.write_text(f'{{"readings": {readings}, "is_whole": true}}')
    tree = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    if name == "record.json":
        assert run(copy, "--read_again") == 2
    else:
        assert run(copy, *tiny, "--run.steps=3") == 2
    err = capfd.readouterr().err
    assert f"{path}: damaged; " in err and err.count("\n") == 1
    assert tree == {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--read_again", "--run.steps=8"], "--run.steps: not beside --read_again"),
        (["--read_again", "--preset=maps"], "--preset: not beside --read_again"),
        (["--about=[]"], "--about=[]: expected a JSON object"),
        (["--about=x"], "--about=x: expected a JSON object"),
        (["--record={copy}"], ": a folder; name a file"),
        (["--record={copy}/record.json/x"], "record.json is no folder to write to"),
    ],
)
def test_flags_that_do_not_fit(run, copy, capfd, arguments, message):
    assert run(copy, *(argument.format(copy=copy) for argument in arguments)) == 2
    err = capfd.readouterr().err
    assert message in err and err.count("\n") == 1
