import pytest


@pytest.fixture(scope="session")
def load_tool(load_script):
    """load_tool("name") gives tools/name.py as a fresh module."""
    return lambda name: load_script(f"tools/{name}.py")
