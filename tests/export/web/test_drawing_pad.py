"""Which images may be drawn, and in what colours: stated, or of one channel, or by a flag."""

import subprocess
import sys

import pytest
from unit_tf.export.web.drawing_pad import pads_of

from unit_tf.config import DataConfig, UserError
from unit_tf.data.registry import SOURCES, register_source
from unit_tf.data.spec import SourceSpec

AUTO = {"a": "auto", "b": "auto"}


@pytest.mark.parametrize(("settings", "polarities"), [
    ({}, {}),
    ({"source": "celeb_a", "channels": 3}, {}),
    ({"source": "coloured_digits", "channels_a": 1}, {"a": "white_on_black"}),
    ({"source": "coast"}, {"a": "black_on_white"}),  # drawings in three channels
    ({"source": "labelled", "channels": 1}, {"a": "white_on_black", "b": "white_on_black"}),
    ({"source": "labelled", "channels": 3}, {}),  # house numbers
    ({"source": "mnist_over_tiles"}, {"a": "white_on_black"}),
])  # fmt: skip
def test_what_sources_state(settings, polarities):
    pads = pads_of(AUTO, DataConfig(**settings))
    assert pads.polarities == polarities and pads.notes == ()


def test_one_channel_of_the_users_own_is_said_to_be_taken_for_black_on_white():
    pads = pads_of(AUTO, DataConfig(channels_b=1))
    assert pads.polarities == {"b": "black_on_white"}
    (note,) = pads.notes
    assert note.startswith("images of b have one channel: the page has a drawing pad for them, ")
    assert "black on white; --web.drawing_b changes that" in note
    assert pads_of(AUTO, DataConfig(channels_b=1), ("a2b",)) == ({}, ())


@pytest.mark.parametrize("said", ["black_on_white", "white_on_black"])
def test_what_is_said_goes_before_what_is_known(said):
    """Drawings in three channels too; none leaves the pad out; nobody need be told."""
    for settings in ({}, {"channels": 1}, {"source": "coast"}):
        pads = pads_of({"a": said, "b": "none"}, DataConfig(**settings))
        assert pads == ({"a": said}, ())


@pytest.mark.parametrize("said", ["black_on_white", "none"])
def test_what_is_said_of_images_that_the_page_does_not_read_is_refused(said):
    """As with a method that translates in one direction, where no --direction is given."""
    with pytest.raises(UserError) as caught:
        pads_of({"a": "auto", "b": said}, DataConfig(), ("a2b",))
    assert str(caught.value) == (
        f"--web.drawing_b={said}: the page reads no image of b, as it translates a2b alone; "
        "leave it out"
    )
    assert pads_of({"a": said, "b": "auto"}, DataConfig(), ("a2b",)).notes == ()


def test_a_source_of_ones_own_states_its_drawings(monkeypatch):
    monkeypatch.setattr("unit_tf.data.registry.SOURCES", dict(SOURCES))
    register_source(SourceSpec("mine", opener=dict, drawings={"b": "white_on_black"}))
    assert pads_of(AUTO, DataConfig(source="mine")).polarities == {"b": "white_on_black"}


def test_without_tensorflow():
    code = (
        "import sys, unit_tf.export.web.drawing_pad;"
        "sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'numpy', 'PIL')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
