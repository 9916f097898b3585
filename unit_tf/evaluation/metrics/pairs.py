"""What every metric asks of its two images."""


def check_pair(image, truth):
    """Raises ValueError unless the two have one shape: numpy would quietly stretch grey to colour.

    Args:
      image: uint8 [H, W, C].
      truth: uint8 [H, W, C].
    """
    for name, array in (("image", image), ("truth", truth)):
        if array.dtype != "uint8" or array.ndim != 3 or not array.size:
            raise ValueError(f"{name}: expected uint8 [H, W, C], got {array.dtype} {array.shape}")
    if image.shape != truth.shape:
        raise ValueError(f"image of shape {image.shape} against truth of {truth.shape}")
