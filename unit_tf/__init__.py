"""Unpaired image-to-image translation on TensorFlow and Keras: UNIT and its relatives.

    import unit_tf

    translator = unit_tf.load("blue_marble")
    translator.translate("tile.png", direction="a2b").save("map.png")

docs/api.md has the rest. The names below are imported when they are first asked for, so that
``import unit_tf`` imports no TensorFlow.
"""

import importlib

_PLACES = {
    "Translator": "unit_tf.inference.translator",
    "UserError": "unit_tf.config",
    "compress": "unit_tf.api",
    "evaluate": "unit_tf.api",
    "export": "unit_tf.export",  # a package that can be called, see its docstring
    "list_presets": "unit_tf.api",
    "load": "unit_tf.api",
    "train": "unit_tf.api",
}

__all__ = [*_PLACES]  # noqa: PLE0604


def __getattr__(name):
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_PLACES[name])
    value = module if name == "export" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_PLACES})
