"""Whether networks fit images, and discriminators the convolutions they share; no TensorFlow."""

from unit_tf.models.architectures import ARCHITECTURES, select_architecture


def check_shared(depth, shared):
    """Raises ValueError if a discriminator cannot share that many of its last convolutions.

    Args:
      depth: number of its strided convolutions. The first reads images and stays private.
      shared: how many of the last both domains are to share.
    """
    if shared >= depth:
        raise ValueError(f"{shared}: at most {depth - 1} of {depth} convolutions can be shared")


def check_image_size(
    name, image_size, depth=0, scales=0, styled=False, adversarial=True, kernel=0,
    num_downsamples=0,
):  # fmt: skip
    """Raises ValueError unless the architecture's strides divide both sides.

    Args:
      name: key of ARCHITECTURES.
      image_size: (height, width) in pixels.
      depth, scales: the discriminator's, 0 for the architecture's own.
      styled: whether there are style encoders.
      adversarial: whether there is a discriminator.
      kernel: the discriminator's, 0 for the architecture's own.
      num_downsamples: of ``select_architecture``.

    Raises:
      ValueError: one line that names the next smaller and larger sizes that fit.
    """
    architecture = select_architecture(
        name, discriminator_kernel=kernel, num_downsamples=num_downsamples
    )
    stride = architecture.stride
    smallest = architecture.smallest_side(depth, scales, styled, adversarial)
    if all(side % stride == 0 and side >= smallest for side in image_size):
        return
    below = [max(smallest, side // stride * stride) for side in image_size]
    above = [max(smallest, -(-side // stride) * stride) for side in image_size]
    shown, low, high = ("x".join(map(str, s)) for s in (image_size, below, above))
    if stride != ARCHITECTURES[name].stride:
        name += f" with {num_downsamples} downsamples"
    fits = low if low == high else f"{low} or {high}"
    raise ValueError(
        f"{shown}: {name} needs multiples of {stride}, at least {smallest}; next that fit: {fits}"
    )
