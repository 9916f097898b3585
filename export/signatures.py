"""Exported models as graphs, and the names that they are called by.

| signature         | end    | name               | type    | shape                | values      |
| ----------------- | ------ | ------------------ | ------- | -------------------- | ----------- |
| `serving_default` | input  | `image`            | float32 | [N, H, W, channels]  | [0, 1]      |
|                   | output | `translated`       | float32 | [N, H, W, channels'] | [0, 1]      |
| `translate_bytes` | input  | `image_bytes`      | string  | [N]                  | JPEG or PNG |
|                   | output | `translated_bytes` | string  | [N]                  | PNG         |

A classifier has others. Its `serving_default` is its `classify`:

| signature         | end    | name               | type    | shape                | values      |
| ----------------- | ------ | ------------------ | ------- | -------------------- | ----------- |
| `classify`        | input  | `image`            | float32 | [N, 32, 32, channels] | [0, 1]     |
|                   | output | `probabilities`    | float32 | [N, classes]         | [0, 1]      |
|                   | output | `label`            | int32   | [N]                  | 0 ..        |
| `classify_bytes`  | input  | `image_bytes`      | string  | [N]                  | JPEG or PNG |
|                   | output | as of `classify`   |         |                      |             |

All are in a SavedModel; TFLite models have `serving_default` or `classify` alone. TensorFlow
Serving's REST interface carries bytes (as base64) under names that end in ``_bytes`` and under no
others.
"""

import tensorflow as tf
from unit_tf.export.tasks import SIGNATURE

INPUT = "image"
BYTES_INPUT = "image_bytes"


class Graphs(tf.Module):
    """A task as graphs, with the variables that they read and no others.

    Weights are the method's: the averaged ones where the training kept them.

    Args:
      task: tasks.Task.
      shape: [N, H, W] of ``image``, None where any will do; default: as SavedModels take it. Where
        a translator's side is not a multiple of the networks' stride, the graph pads it and crops
        the result back.

    Example:
      >>> graphs = Graphs(Translation(method, "a2b"))
      >>> graphs.run(tf.zeros([2, 37, 50, 3]))["translated"].shape
      TensorShape([2, 37, 50, 3])
    """

    def __init__(self, task, shape=None):
        super().__init__(name="exported")
        # No tf.Module, so out of TensorFlow's sight: tracked, all of its method's variables would
        # be saved, the discriminators' too.
        self._task = task
        spec = tf.TensorSpec(
            [*(shape or (None, *task.sides)), task.channels], tf.float32, name=INPUT
        )
        self.run = tf.function(task.compute, input_signature=[spec])
        spec = tf.TensorSpec([None], tf.string, name=BYTES_INPUT)
        self.run_encoded = tf.function(task.compute_encoded, input_signature=[spec])
        self._read = list(self.run.get_concrete_function().variables)

    def concrete_functions(self):
        """{signature name: concrete function}, as ``tf.saved_model.save`` takes them."""
        run = self.run.get_concrete_function()
        return {
            SIGNATURE: run,
            self._task.signature: run,
            self._task.bytes_signature: self.run_encoded.get_concrete_function(),
        }


def input_name(function):
    """INPUT or BYTES_INPUT: what a signature's concrete function takes."""
    (spec,) = tf.nest.flatten(function.structured_input_signature)
    return spec.name
