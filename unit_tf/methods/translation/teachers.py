"""Which translators a student can imitate; no TensorFlow."""

from unit_tf.config import UserError


def check_teacher(flag, config, directions, channels, direction):
    """Raises UserError unless a translator takes such images, in a student's direction.

    Args:
      flag: what names it, "--flag=value".
      config: its ExperimentConfig.
      directions: those that it translates in.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      direction: ``"a2b"`` or ``"b2a"``, the student's.
    """
    if direction not in directions:
        source, target = direction.upper().split("2")
        alone = f"; it translates {directions[0]} alone" if directions else ""
        raise UserError(
            f"{flag}: method {config.model.method} does not translate from {source} to {target}, "
            f"as the student would{alone}"
        )
    for d, count in channels.items():
        if config.data.domain_channels(d) != count:
            raise UserError(
                f"{flag}: its images of {d.upper()} have {config.data.domain_channels(d)} "
                f"channels, --data has {count}"
            )
