"""Which way up an image is, by the number that cameras write into EXIF."""

from PIL import Image

_EXIF_ORIENTATION = 0x0112
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_of(image):
    """EXIF's number of how a Pillow image lies; None where it has none that can be read."""
    try:
        return image.getexif().get(_EXIF_ORIENTATION)
    except Exception:  # a broken EXIF block does not spoil the pixels
        return None


def upright(image, orientation):
    """A Pillow image turned as ``orientation_of`` says; as it is where that is no known number."""
    return image.transpose(_TRANSPOSE[orientation]) if orientation in _TRANSPOSE else image
