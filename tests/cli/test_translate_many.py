"""unit-translate of many images: in order while threads decode and encode, whole at any end."""

import threading

import pytest

from unit_tf.cli import translate
from unit_tf.data.images import decode
from unit_tf.inference import compiled_networks, decoded_images, image_files


@pytest.fixture
def many(tmp_path, save_image):
    """A folder of twenty images of several sizes."""
    for k in range(20):
        save_image(tmp_path / "in" / f"{k:02d}.png", (8 + k % 3, 16), seed=k)
    return tmp_path / "in"


@pytest.fixture
def arguments(tmp_path, make_workdir, many):
    """Flags that translate them into a folder ``out``."""
    return (
        f"--workdir={make_workdir()}", "--direction=a2b", f"--input={many}",
        f"--output={tmp_path / 'out'}",
    )  # fmt: skip


def test_files_are_named_in_order(tmp_path, arguments, run_command):
    result = run_command(translate, *arguments)
    expected = [str(tmp_path / "out" / f"{k:02d}.png") for k in range(20)]
    assert result.out.splitlines()[:-1] == expected


@pytest.mark.parametrize("several", [True, False])
def test_images_of_several_sizes_share_a_graph(several, many, arguments, run_command, monkeypatch):
    """Nothing is compiled for the size of the first one alone."""
    for path in sorted(many.iterdir())[2 if several else 1 :]:
        path.unlink()
    asked, compiled_translation = [], compiled_networks.compiled_translation

    def noted(method, direction, any_size):
        asked.append(any_size)
        return compiled_translation(method, direction, any_size)

    monkeypatch.setattr(compiled_networks, "compiled_translation", noted)
    assert run_command(translate, *arguments).code == 0
    assert asked == [several]


def test_a_file_that_goes_meanwhile_stops_at_its_place(
    tmp_path, arguments, many, run_command, monkeypatch, tree
):
    """Where it could not be kept: those before it are there, and whole."""
    monkeypatch.setattr(decoded_images, "KEPT_BYTES", 0)
    monkeypatch.setattr("unit_tf.cli.quiet.start_tensorflow", (many / "12.png").unlink)
    result = run_command(translate, *arguments)
    assert result.code == 2 and f"{many / '12.png'}: no such file" in result.err
    assert len(result.out.splitlines()) == 12
    assert tree(tmp_path / "out")[:12] == [f"{k:02d}.png" for k in range(12)]
    assert not [name for name in tree(tmp_path / "out") if name.startswith(".")]


def test_a_failure_in_writing_stops_at_its_place(tmp_path, arguments, run_command, tree):
    (tmp_path / "out" / "07.png" / "in the way").mkdir(parents=True)
    result = run_command(translate, *arguments)
    assert result.code == 2 and f"{tmp_path / 'out' / '07.png'}: cannot be written" in result.err
    assert len(result.out.splitlines()) == 7
    assert not [name for name in tree(tmp_path / "out") if name.startswith(".")]


def test_an_interruption_leaves_whole_files_and_no_threads(
    tmp_path, arguments, many, run_command, monkeypatch, tree
):
    written, write = [], image_files.write_image

    def interrupted(path, image):
        write(path, image)
        written.append(path)

    def compute(compiled, x, name, *more):
        if name.endswith("09.png"):
            raise KeyboardInterrupt
        return run_network(compiled, x, name, *more)

    run_network = compiled_networks.run_network
    monkeypatch.setattr(image_files, "write_image", interrupted)
    monkeypatch.setattr(compiled_networks, "run_network", compute)
    before = set(threading.enumerate())
    result = run_command(translate, *arguments)
    said = f"--input={many}: 20 images\nunit-command: stopped\n"
    assert (result.code, result.err) == (130, said)
    assert set(threading.enumerate()) <= before
    assert tree(tmp_path / "out") == sorted(path.name for path in written)
    for path in written:
        assert decode(path, 3).shape[1] == 16
