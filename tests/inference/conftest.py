"""Small translators whose weights tell images apart."""

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig
from unit_tf.inference.load import LoadedTranslator
from unit_tf.inference.translator import Translator
from unit_tf.methods.registry import build_method

TINY = {
    "model.width": 1 / 16, "data.image_size": 32, "model.architecture": "resnet2017",
    "model.num_blocks": 1, "model.discriminator_depth": 2,
}  # fmt: skip
KINDS = {
    "unit": {"data.channels_b": 1},
    "munit": {
        "model.method": "munit", "model.style_size": 3, "model.architecture": "munit2018",
        "model.discriminator_scales": 1,
    },
    "unit_da": {
        "model.method": "unit_da", "data.source": "labelled", "data.channels": 1,
        "data.flip": False, "data.image_size": 32, "model.architecture": "table5",
        "model.width": 0.05,
        "model.discriminator_width": 0.1, "weights.gan": 1, "weights.likelihood": "squared_sum",
        "weights.kl_reduction": "sum", "weights.reconstruction": 0.02, "weights.cycle": 0,
        "weights.cycle_kl": 0, "weights.classification_translated": 1,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def translators():
    """(name of KINDS) -> Translator whose weights tell images apart."""
    built = {}

    def get(name):
        if name not in built:
            small = {} if name == "unit_da" else TINY
            config = ExperimentConfig(preset="tiny").replace({**small, **KINDS[name]})
            method, rng = build_method(config), np.random.default_rng(0)
            for variable in method.trainable_variables:
                scale = np.prod(variable.shape[:-1]) ** -0.5 if len(variable.shape) > 1 else 0.1
                variable.assign(rng.normal(0, scale, variable.shape))
            built[name] = Translator(LoadedTranslator(config, method, 7, "weights"))
        return built[name]

    return get
