"""Things named as ``package.module:name``, and imported only when they are used."""

import importlib


def load_reference(reference):
    """What a reference names.

    Args:
      reference: ``"package.module:name"``, or the thing itself.

    Returns:
      the thing.
    """
    if not isinstance(reference, str):
        return reference
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
