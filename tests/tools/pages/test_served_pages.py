import urllib.request

import pytest


@pytest.mark.parametrize("isolated", [False, True])
def test_page_is_isolated_by_two_headers(load_tool, tmp_path, isolated):
    tool = load_tool("pages/served_pages")
    (tmp_path / "index.html").write_text("the page")
    with tool.served(tmp_path, isolated) as address, urllib.request.urlopen(address) as answer:
        assert answer.read() == b"the page"
        found = {name: value for name, value in answer.headers.items() if "Cross" in name}
    assert found == (tool.ISOLATING if isolated else {})
