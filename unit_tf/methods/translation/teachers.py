"""Which translators a student can imitate; no TensorFlow."""

from unit_tf.config import UserError
from unit_tf.methods.registry import find_method


def check_teacher(flag, config, student):
    """Raises UserError unless a translator takes a student's images, in its direction.

    Args:
      flag: what names it, "--flag=value".
      config: its ExperimentConfig.
      student: the student's ExperimentConfig.
    """
    spec, direction = find_method(config.model.method), student.model.direction
    directions = spec.directions_of(config.model)
    if direction not in directions:
        source, target = direction.upper().split("2")
        alone = f"; it translates {directions[0]} alone" if directions else ""
        raise UserError(
            f"{flag}: method {config.model.method} does not translate from {source} to {target}, "
            f"as the student would{alone}"
        )
    for d in "ab":
        count = student.data.domain_channels(d)
        if config.data.domain_channels(d) != count:
            raise UserError(
                f"{flag}: its images of {d.upper()} have {config.data.domain_channels(d)} "
                f"channels, --data has {count}"
            )
    # Its middle style is all that is asked for, so no style encoder limits the images.
    geometry, size = spec.geometry(config.model, False), student.data.image_size
    stride, smallest = geometry.stride, geometry.smallest_side
    if min(size) < smallest or any(side % stride for side in size):
        raise UserError(
            f"{flag}: its networks need multiples of {stride}, at least {smallest}; "
            f"--data.image_size is {'x'.join(map(str, size))}"
        )
