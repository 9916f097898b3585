import pytest


@pytest.fixture(scope="session")
def load_example(load_script):
    """load_example("name") gives examples/name.py as a fresh module."""
    return lambda name: load_script(f"examples/{name}.py")
