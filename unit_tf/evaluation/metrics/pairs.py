"""What every metric asks of its two pictures."""


def check_pair(picture, truth):
    """Raises ValueError unless the two have one shape: numpy would quietly stretch grey to colour.

    Args:
      picture: uint8 [H, W, C].
      truth: uint8 [H, W, C].
    """
    for name, array in (("picture", picture), ("truth", truth)):
        if array.dtype != "uint8" or array.ndim != 3 or not array.size:
            raise ValueError(f"{name}: expected uint8 [H, W, C], got {array.dtype} {array.shape}")
    if picture.shape != truth.shape:
        raise ValueError(f"picture of shape {picture.shape} against truth of {truth.shape}")
