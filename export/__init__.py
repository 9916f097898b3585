"""Exports a trained translator or classifier: for TensorFlow Serving, phones and browsers.

This package can be called, as its command can:

  import unit_tf.export

  report = unit_tf.export("blue_marble", "exported", formats=["tflite"])  # as python_api.export
  from unit_tf.export import parity  # a package like any other besides

Importing it imports no TensorFlow.
"""

import sys
import types


class _CallablePackage(types.ModuleType):
    """The package's own class: a module that can be called."""

    def __call__(self, workdir, output, **options):
        """``python_api.export``, with its arguments and its result."""
        from unit_tf.export.python_api import export

        return export(workdir, output, **options)


sys.modules[__name__].__class__ = _CallablePackage
