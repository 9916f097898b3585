"""Exported models as graphs, and the names that they are called by.

| signature          | end    | name               | type    | shape                | values      |
| ------------------ | ------ | ------------------ | ------- | -------------------- | ----------- |
| `serving_default`  | input  | `image`            | float32 | [N, H, W, channels]  | [0, 1]      |
|                    | output | `translated`       | float32 | [N, H, W, channels'] | [0, 1]      |
| `translate_bytes`  | input  | `image_bytes`      | string  | [N]                  | JPEG or PNG |
|                    | output | `translated_bytes` | string  | [N]                  | PNG         |

A translator with styles has both, in the style in the middle of N(0, I), and more:

| signature          | end    | name               | type    | shape                | values      |
| ------------------ | ------ | ------------------ | ------- | -------------------- | ----------- |
| `translate`        | input  | `image`            | float32 | [N, H, W, channels]  | [0, 1]      |
|                    | input  | `style`            | float32 | [N, style_size]      | N(0, I)     |
|                    | output | `translated`       | float32 | [N, H, W, channels'] | [0, 1]      |
| `translate_guided` | input  | `image`            | float32 | [N, H, W, channels]  | [0, 1]      |
|                    | input  | `style_image`      | float32 | [N, H', W', channels'] | [0, 1]    |
|                    | output | `translated`       | float32 | [N, H, W, channels'] | [0, 1]      |
| `encode_content`   | input  | `image`            | float32 | [N, H, W, channels]  | [0, 1]      |
|                    | output | `content`          | float32 | [N, h, w, filters]   | any         |
| `encode_style`     | input  | `style_image`      | float32 | [N, H', W', channels'] | [0, 1]    |
|                    | output | `style`            | float32 | [N, style_size]      | any         |

`image` is of the domain translated from; `style` and `style_image` are of the one translated to,
one for each image: another number fails that request. Content has one pixel for each stride x
stride of the image, once that is mirrored to multiples of the stride.

A classifier has others. Its `serving_default` is its `classify`:

| signature          | end    | name               | type    | shape                | values      |
| ------------------ | ------ | ------------------ | ------- | -------------------- | ----------- |
| `classify`         | input  | `image`            | float32 | [N, 32, 32, channels] | [0, 1]     |
|                    | output | `probabilities`    | float32 | [N, classes]         | [0, 1]      |
|                    | output | `label`            | int32   | [N]                  | 0 ..        |
| `classify_bytes`   | input  | `image_bytes`      | string  | [N]                  | JPEG or PNG |
|                    | output | as of `classify`   |         |                      |             |

All are in a SavedModel; TFLite models have one alone: `serving_default`, `translate`, `classify`,
or `encode_style` in a file of its own. TensorFlow Serving's REST interface carries bytes (as
base64) under names that end in ``_bytes`` and under no others.
"""

import functools

import tensorflow as tf
from unit_tf.export.image_bytes import encode
from unit_tf.export.inputs import BYTES_SUFFIX, ImageInput
from unit_tf.export.tasks import SIGNATURE

from unit_tf.layers import litert_forms


class Graphs(tf.Module):
    """A task as graphs, with the variables that they read and no others.

    Weights are the method's: the averaged ones where the training kept them. Means over whole maps
    are taken in stages, which keeps digits that large images would lose (layers/litert_forms.py).

    Args:
      task: tasks.Task.
      shape: [N, H, W] of images, None where any will do; default: as SavedModels take them. Where
        a translator's side is not a multiple of the networks' stride, the graph pads it and crops
        the result back.
      names: of the task's signatures; default: all.

    Attributes:
      functions: {signature name: tf.function}.

    Example:
      >>> graphs = Graphs(Translation(method, "a2b"))
      >>> graphs.run(tf.zeros([2, 37, 50, 3]))["translated"].shape
      TensorShape([2, 37, 50, 3])
    """

    def __init__(self, task, shape=None, names=None):
        super().__init__(name="exported")
        # The task is no tf.Module, so out of TensorFlow's sight: tracked, all of its method's
        # variables would be saved, the discriminators' too.
        made, self.functions, read = {}, {}, {}
        for name in names or task.signatures:
            signature = task.signatures[name]
            if signature.compute not in made:
                compute = signature.compute if shape else checked(signature)
                made[signature.compute] = tf.function(
                    _exact(compute), input_signature=signature.specs(shape)
                )
            self.functions[name] = made[signature.compute]
            if not signature.like:  # the others need no further variables
                variables = self.functions[name].get_concrete_function().variables
                read.update({id(variable): variable for variable in variables})
        self._read = list(read.values())

    @property
    def run(self):
        """What is run where a request names no signature."""
        return self.functions[SIGNATURE]

    def concrete_functions(self):
        """{signature name: concrete function}, as ``tf.saved_model.save`` takes them."""
        return {name: run.get_concrete_function() for name, run in self.functions.items()}


def _exact(compute):
    """A function whose means are taken in stages."""

    @functools.wraps(compute)
    def exact(*inputs):
        with litert_forms.staged_means():
            return compute(*inputs)

    return exact


def checked(signature):
    """A signature's function that refuses tensors of other shapes or values where it runs.

    A server feeds whatever a request holds, and an image without its batch or channels ends the
    whole process where oneDNN meets it. So nothing may be known of the shape until it was looked
    at: TensorFlow would leave out a check of what the signature promises. Images with values of 0
    to 255 would give white images without a word, and a NaN images of no meaning.

    Args:
      signature: inputs.Signature.
    """

    @functools.wraps(signature.compute)
    def compute(*inputs):
        ensured = map(_ensured, inputs, signature.inputs, signature.specs())
        return signature.compute(*ensured)

    return compute


def _ensured(tensor, given, spec):
    """``tensor``, checked to be what ``given``, one of a signature's inputs, promises."""
    unknown = tf.raw_ops.PlaceholderWithDefault(input=tensor, shape=tf.TensorShape(None))
    tensor = tf.ensure_shape(unknown, spec.shape)
    if tensor.dtype.is_floating:
        tensor = _finite(tensor, spec.name)
    return _in_range(tensor, given.name) if isinstance(given, ImageInput) else tensor


def _finite(tensor, name):
    """``tensor``; where it runs, an InvalidArgumentError if one of its values is none."""
    finite = tf.reduce_all(tf.math.is_finite(tensor))
    with tf.control_dependencies([tf.Assert(finite, [f"{name}: holds NaN or infinity"])]):
        return tf.identity(tensor)


def _in_range(image, name):
    """``image``; where it runs, an InvalidArgumentError if most values of one of them exceed 1."""
    share = tf.reduce_mean(tf.cast(image > 1.0, tf.float32), axis=(1, 2, 3))
    message = (
        f"{name}: most values exceed 1, the largest is", tf.reduce_max(image),
        "; floats in [0, 1] are wanted: divide 0-255 by 255",
    )  # fmt: skip
    # A batch may hold the images of several requests.
    with tf.control_dependencies([tf.Assert(~tf.reduce_any(share > 0.5), message)]):
        return tf.identity(image)


def as_asked(function, inputs):
    """{name: tensor} of what a signature's concrete function takes.

    Args:
      function: the concrete function.
      inputs: {name: float32 array}; where it takes files, those of the name without BYTES_SUFFIX
        are given as PNG.
    """
    names = [spec.name for spec in tf.nest.flatten(function.structured_input_signature)]
    return {
        name: tf.constant(inputs[name])
        if name in inputs
        else tf.stack([encode(image) for image in inputs[name.removesuffix(BYTES_SUFFIX)]])
        for name in names
    }
