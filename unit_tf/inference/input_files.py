"""The files that a command translates: images, some of them in tiles, and clips."""

from unit_tf.inference.clip_files import DecodedClips
from unit_tf.inference.tiled_images import TiledImages


class InputFiles(DecodedClips, TiledImages):
    """Looks for a clip first; what is none is an image, whole or in tiles."""
