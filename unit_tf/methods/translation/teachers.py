"""Which translators a student can imitate; no TensorFlow."""

from unit_tf.config import UserError


def check_teacher(flag, config, directions, channels):
    """Raises UserError unless a translator turns such images of A into images of B.

    Args:
      flag: what names it, "--flag=value".
      config: its ExperimentConfig.
      directions: those that it translates in.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
    """
    if "a2b" not in directions:
        raise UserError(
            f"{flag}: method {config.model.method} does not translate from A to B, as a student "
            "does"
        )
    for d, count in channels.items():
        if config.data.domain_channels(d) != count:
            raise UserError(
                f"{flag}: its images of {d.upper()} have {config.data.domain_channels(d)} "
                f"channels, --data has {count}"
            )
