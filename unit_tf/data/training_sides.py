"""How small the images of a training are, where they are files of the user's."""

from unit_tf.data.checks.image_check import list_images_of
from unit_tf.data.decode_all import decode_all
from unit_tf.data.image_limits import Limits
from unit_tf.data.registry import find_source


def training_sides(config):
    """Lengths of the training images' shorter sides.

    The images are decoded; those of a long check are remembered, and opening them is quick then.

    Args:
      config: DataConfig.

    Returns:
      rising list of pixels, without images that cannot be used. It is empty where the images are
      not files in folders.

    Raises:
      DataError: a folder is missing or empty.
    """
    spec = find_source(config.source)
    if spec.lister is None or spec.needs_tensorflow:
        return []
    lists = list_images_of(config, [])
    limits = Limits(config.max_megapixels, prefix="--data.")
    images = [image._replace(limits=limits) for d in "ab" for image in lists[f"train_{d}"]]
    images = list({image.where: image for image in images}.values())
    checks = decode_all(images, config.cache_dir, f"{len(images)} training images").values()
    return sorted(min(c.height, c.width) for c in checks if not isinstance(c, str))
