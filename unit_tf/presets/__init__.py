"""Named experiments. Each says what it is for, its command, and what to expect of it.

unit-train --preset=NAME --workdir=DIR [--SECTION.FIELD=VALUE ...]
"""

from unit_tf.config import ConfigError, ExperimentConfig, nearest
from unit_tf.presets import (
    avatar_presets,
    cyclegan_presets,
    digit_presets,
    emoji_presets,
    munit_presets,
    photo_presets,
    student_preset,
    unit_presets,
)
from unit_tf.presets.base import Preset

__all__ = ["PRESETS", "Preset", "preset_config"]

PRESETS = {
    **unit_presets.PRESETS,
    **photo_presets.PRESETS,
    **avatar_presets.PRESETS,
    **munit_presets.PRESETS,
    **cyclegan_presets.PRESETS,
    **emoji_presets.PRESETS,
    **student_preset.PRESETS,
    **digit_presets.PRESETS,
}


def preset_config(name):
    """The configuration of preset ``name``, not yet checked; ``unit_tf.resolve`` does that.

    Raises:
      ConfigError: unknown name; the nearest ones are given.
    """
    if name not in PRESETS:
        raise ConfigError(f"--preset={name}: no such preset{nearest(str(name), list(PRESETS))}")
    config = ExperimentConfig(preset=name)
    return config.replace(PRESETS[name].overrides)
