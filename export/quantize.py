"""How a TFLite model's numbers are stored and multiplied.

| name              | weights | arithmetic                                          | calibrated |
| ----------------- | ------- | --------------------------------------------------- | ---------- |
| `float32`         | float32 | float32                                             |            |
| `float16`         | float16 | float32 on a CPU, float16 on most GPUs              |            |
| `dynamic`         | int8    | products int8, ranges from each image anew        |            |
| `int8`            | int8    | int8 throughout                                     | yes        |
| `int8_float_norm` | int8    | products int8, everything between them float32      | yes        |

Products are convolutions and fully connected layers. Images, styles and probabilities stay
float32 in every one: an app changes the file and nothing else. Instance norm divides by a standard
deviation that can be small, which int8 throughout cannot hold; `int8_float_norm` leaves it alone.
"""

import typing
import warnings

import tensorflow as tf

PRODUCTS = ("CONV_2D", "CONV_2D_TRANSPOSE", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


class Scheme(typing.NamedTuple):
    """One way to quantize.

    Attributes:
      convert: function of (TFLiteConverter, list of {input: array}) to the model's bytes.
      subpixel: which form of transposed convolutions suits it (layers/litert_forms.py).
      calibrated: needs calibration images.
      doubling: whether nearest doublings are made in the small image (layers/subpixel.py), which is
        faster in all of them.
    """

    convert: typing.Callable
    subpixel: bool
    calibrated: bool = False
    doubling: bool = True


def _float32(converter, calibration):
    del calibration
    return converter.convert()


def _float16(converter, calibration):
    del calibration
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _dynamic(converter, calibration):
    del calibration
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


def _int8(converter, calibration):
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: iter(calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    with warnings.catch_warnings():
        # Of TensorFlow to itself: it finds inputs by their names with its own interpreter.
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter is deprecated")
        return converter.convert()


def _int8_float_norm(converter, calibration):
    # Imported here: it takes a second, and most exports do without.
    from ai_edge_litert.interpreter import Interpreter
    from litert_quantizer import calibrator, quantizer, recipe_manager
    from litert_quantizer.utils import qsv_utils

    recipe = recipe_manager.RecipeManager()
    for operation in PRODUCTS:
        recipe.add_static_config(".*", operation, activation_num_bits=8, weight_num_bits=8)
    model = bytearray(converter.convert())
    (signature,) = Interpreter(model_content=bytes(model)).get_signature_list()
    # The whole range that was seen; the default is a moving average, which the brightest images
    # then exceed (on the shipped translator 38.8 dB instead of 43.2).
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*experimental_preserve_all_tensors")
        ranges = calibrator.Calibrator(model, qsv_update_func=qsv_utils.min_max_update)
        ranges.calibrate({signature: list(calibration)}, recipe)
        work = quantizer.Quantizer(model, recipe.get_quantization_recipe())
        ranges = ranges.get_model_qsvs()
        result = work.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)


QUANTIZATIONS = {
    "float32": Scheme(_float32, subpixel=True),
    "float16": Scheme(_float16, subpixel=True),
    "dynamic": Scheme(_dynamic, subpixel=False),
    "int8": Scheme(_int8, subpixel=False, calibrated=True),
    "int8_float_norm": Scheme(_int8_float_norm, subpixel=False, calibrated=True),
}
