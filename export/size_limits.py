"""The largest image that a served model takes as a file. Imports no TensorFlow.

The graph of ``translate_bytes`` checks it (image_bytes.py), and so does the client before it sends.
"""

import math

# As many as 2048 x 2048; a translator of full width takes some gigabytes for that.
MAX_PIXELS = 2**22
# Narrow images grow when they are padded to the networks' stride.
MAX_SIDE = 2**14


def refusal(height, width):
    """Why an image is too large, in one line that names what would fit; "" where it is not."""
    if max(height, width) <= MAX_SIDE and height * width <= MAX_PIXELS:
        return ""
    fits = "x".join(map(str, fitting(height, width)))
    return (
        f"{height}x{width} pixels (height x width); the server takes at most {MAX_PIXELS} pixels "
        f"and {MAX_SIDE} a side; {fits} would fit"
    )


def fitting(height, width):
    """The largest (height, width) of these proportions that is not too large."""
    scale = min(1.0, MAX_SIDE / max(height, width), math.sqrt(MAX_PIXELS / (height * width)))
    return max(1, int(height * scale)), max(1, int(width * scale))
