import pytest


@pytest.fixture
def tool(load_tool):
    return load_tool("pages/pad_strokes")


def test_strokes_stay_on_the_pad(tool):
    """From -0.5 to 0.5; a rim is closed, and each stroke is one line."""
    for strokes, count in ((tool.lines(5), 5), (tool.face(), 4), (tool.cat(), 6)):
        assert len(strokes) == count
        points = [point for stroke in strokes for xy in stroke for point in xy]
        assert max(map(abs, points)) < 0.5
    for rim in (tool.face()[0], tool.cat()[0]):
        assert rim[0] == pytest.approx(rim[-1]) and len({y > 0 for _, y in rim}) == 2


def test_a_face_smiles(tool):
    """Its mouth lies below the middle, and is lowest in its own."""
    mouth = tool.face()[-1]
    assert all(y > 0 for _, y in mouth)
    assert max(mouth, key=lambda xy: xy[1])[0] == pytest.approx(0, abs=0.05)


def test_a_cat_is_symmetric(tool):
    """Both ears stand above its head."""
    outline = tool.cat()[0]
    assert sorted({(round(-x, 6), round(y, 6)) for x, y in outline}) == sorted(
        {(round(x, 6), round(y, 6)) for x, y in outline}
    )
    above = [(x, y) for x, y in outline if y < -0.3]
    assert sorted(x > 0 for x, _ in above) == [False, True]
