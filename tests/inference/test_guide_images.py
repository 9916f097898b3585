import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.inference.decoded_images import DecodedImages
from unit_tf.inference.guide_images import open_guides
from unit_tf.inference.style_requests import StyleRequest


@pytest.fixture
def request_of_two(tmp_path):
    """A request for the styles of x.png and x.gif, of which the second cannot be read."""
    (tmp_path / "art").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "art/x.png")
    (tmp_path / "art/x.gif").write_bytes(b"no image")
    return StyleRequest(style=str(tmp_path / "art"))


def test_what_is_skipped_shares_no_name(request_of_two, tmp_path):
    guides = open_guides(request_of_two, tmp_path / "out", DecodedImages(3, 0), skip_bad=True)
    assert guides.names == ["x"] and [file.name for file in guides.files] == ["x.png"]


def test_two_of_one_name_are_refused(request_of_two, tmp_path):
    with pytest.raises(UserError, match="x.gif and .*x.png would share the name x; rename one"):
        open_guides(request_of_two, tmp_path / "out", DecodedImages(3, 0), skip_bad=False)
    Image.new("RGB", (8, 8)).save(tmp_path / "art/x.gif")
    with pytest.raises(UserError, match="would share the name x; rename one"):
        open_guides(request_of_two, tmp_path / "out", DecodedImages(3, 0), skip_bad=True)
