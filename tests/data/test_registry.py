"""What is stated of each source is true of it, and is stated without TensorFlow or numpy."""

import inspect
import subprocess
import sys

import pytest

from unit_tf.config import DataConfig
from unit_tf.data import registry
from unit_tf.data.datasets import open_data
from unit_tf.data.registry import SOURCES, find_source, register_source
from unit_tf.data.sources.source_specs import SIZES
from unit_tf.data.spec import SourceSpec


def test_what_there_is():
    assert list(SOURCES) == [
        "folder", "blue_marble", "coast", "tfds", "labelled", "coloured_digits",
        "mnist_over_tiles", "celeb_a", "avatars",
    ]  # fmt: skip
    assert [name for name, spec in SOURCES.items() if spec.labelled] == [
        "labelled", "mnist_over_tiles",
    ]  # fmt: skip
    through = [name for name, spec in SOURCES.items() if spec.needs_tensorflow]
    assert through == [name for name, spec in SOURCES.items() if "tfds_dir" in spec.reads]
    assert through == ["tfds", "labelled", "coloured_digits", "mnist_over_tiles", "celeb_a"]


def test_the_users_own_files_are_listed():
    """By a function that is there; images that this package makes have none."""
    listed = [name for name, spec in SOURCES.items() if spec.lister]
    assert listed == ["folder", "tfds"]
    for spec in SOURCES.values():
        lister = spec.load_lister()
        assert (lister is not None) is (spec.name in listed)
        assert lister is None or list(inspect.signature(lister).parameters)[:2] == [
            "config",
            "notes",
        ]


def test_what_the_images_show():
    """Of globes, and of those only A of one is of satellites; of drawn faces."""
    having = {
        fact: [name for name, spec in SOURCES.items() if getattr(spec, fact)]
        for fact in ("globes", "tells_land", "rated_faces")
    }
    assert having == {
        "globes": ["blue_marble", "coast"], "tells_land": ["blue_marble"],
        "rated_faces": ["avatars"],
    }  # fmt: skip


def test_which_images_are_line_drawings():
    """In one channel or three; the last are what grey images are where the source knows no more."""
    assert {n: dict(s.drawings) for n, s in SOURCES.items() if s.drawings} == {
        "coast": {"a": "black_on_white"},
        "coloured_digits": {"a": "white_on_black"},
        "mnist_over_tiles": {"a": "white_on_black"},
    }
    grey = {name: spec.grey_drawings for name, spec in SOURCES.items() if spec.grey_drawings}
    assert grey == {"labelled": "white_on_black"}


def test_every_setting_of_data_is_read_by_some_source():
    fields = {f for f in DataConfig.__dataclass_fields__ if f != "source"}
    assert set().union(*(spec.reads for spec in SOURCES.values())) == fields
    assert all(spec.reads >= SIZES for spec in SOURCES.values())


@pytest.mark.parametrize("name", SOURCES)
def test_an_opener_takes_what_open_data_gives(name):
    parameters = list(inspect.signature(SOURCES[name].load_opener()).parameters)
    assert parameters == ["config", "held_out_only"]


def test_finding(refusal):
    assert find_source("tfds") is SOURCES["tfds"]
    assert refusal(find_source, "tdfs").startswith("--data.source=tdfs: not valid; did you mean tf")
    assert "--data.source={}: not valid" in refusal(find_source, {})


def test_registering(monkeypatch):
    """Its opener is called; the last of a name counts, and ours stay ours."""
    monkeypatch.setattr(registry, "SOURCES", dict(SOURCES))
    spec = SourceSpec("mine", opener=lambda config, held_out_only: (config.source, held_out_only))
    register_source(SourceSpec("mine", opener=dict))
    register_source(spec)
    assert open_data(DataConfig(source="mine"), held_out_only=True) == ("mine", True)
    with pytest.raises(ValueError, match="source 'folder': the name is taken"):
        register_source(SourceSpec("folder", opener=dict))


def test_a_setting_that_is_none():
    with pytest.raises(ValueError, match="reads 'dir_c': no such setting; did you mean dir_"):
        SourceSpec("mine", opener=dict, reads={"dir_c"})


@pytest.mark.parametrize("stated", [{"drawings": {"a": "black"}}, {"grey_drawings": "white"}])
def test_a_polarity_that_is_none(stated):
    with pytest.raises(ValueError, match="'(black|white)': no such polarity; did you mean"):
        SourceSpec("mine", opener=dict, **stated)


def test_specs_need_neither_tensorflow_nor_numpy():
    code = (
        "import sys, unit_tf.data.registry;"
        "sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'numpy', 'PIL')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
