"""The contact sheets of cartoon faces."""

import pytest
from PIL import Image

from unit_tf.data.sources.avatar_faces import ATTRIBUTES

pytest.importorskip("python_avatars", reason="needs python-avatars")
pytest.importorskip("resvg_py", reason="needs resvg-py")


def test_a_sheet_an_attribute(load_tool, tmp_path, monkeypatch):
    """Pairs side by side, one below another."""
    tool = load_tool("avatar_sheet")
    monkeypatch.setattr(tool, "ROWS", 2)
    monkeypatch.setattr(tool, "PAIRS", 1)
    tool.main([f"--output={tmp_path}", "--size=32"])
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.png" for name in ATTRIBUTES}
    for path in tmp_path.iterdir():
        with Image.open(path) as image:
            assert image.size == (2 * 32 + tool.GAP, 2 * (32 + tool.GAP))
            colors = image.convert("RGB").crop((0, 0, 64, 32)).getcolors(4096)
        assert len(colors) > 10


@pytest.mark.parametrize("size", [0, 31, 257])
def test_other_sizes_are_refused(load_tool, tmp_path, capsys, size):
    with pytest.raises(SystemExit) as caught:
        load_tool("avatar_sheet").main([f"--output={tmp_path}", f"--size={size}"])
    assert caught.value.code == 2
    assert f"--size={size}: must be 32 to 256" in capsys.readouterr().err
