"""A cache folder of each test's own, and a look at how tensorflow-datasets is asked to read."""

import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """No test reads or fills the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def tuning(monkeypatch):
    """Whether tf.data tunes its reading of each split: None, unless told, means yes."""
    core = pytest.importorskip("tensorflow_datasets").core
    real, found = core.DatasetBuilder.as_dataset, []

    def as_dataset(self, *arguments, **settings):
        dataset = real(self, *arguments, **settings)
        found.append(dataset.options().autotune.enabled)
        return dataset

    monkeypatch.setattr(core.DatasetBuilder, "as_dataset", as_dataset)
    return found
