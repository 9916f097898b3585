import pathlib
import sys

import pytest

# Tools import each other by their bare names, which Python finds beside the script it runs.
sys.path.append(str(pathlib.Path(__file__).parents[2] / "tools"))


@pytest.fixture(scope="session")
def load_tool(load_script):
    """load_tool("name") gives tools/name.py as a fresh module."""
    return lambda name: load_script(f"tools/{name}.py")
