"""Named experiments. Each says what it is for, its command, and what to expect of it.

unit-train --preset=NAME --workdir=DIR [--SECTION.FIELD=VALUE ...]
"""

from unit_tf.config import (
    ConfigError,
    DataConfig,
    ExperimentConfig,
    nearest,
)
from unit_tf.config.relevance import SOURCES
from unit_tf.presets import (
    avatar_presets,
    digit_presets,
    emoji_presets,
    munit_presets,
    photo_presets,
    unit_presets,
)
from unit_tf.presets.base import Preset

__all__ = ["PRESETS", "Preset", "preset_config", "resolve"]

PRESETS = {
    **unit_presets.PRESETS,
    **photo_presets.PRESETS,
    **avatar_presets.PRESETS,
    **munit_presets.PRESETS,
    **emoji_presets.PRESETS,
    **digit_presets.PRESETS,
}


def preset_config(name):
    """The configuration of preset ``name``.

    Raises:
      ConfigError: unknown name; the nearest ones are given.
    """
    if name not in PRESETS:
        raise ConfigError(f"--preset={name}: no such preset{nearest(name, list(PRESETS))}")
    config = ExperimentConfig(preset=name)
    return config.replace(PRESETS[name].overrides)


def resolve(name, overrides):
    """A preset with a user's settings on top, validated.

    Naming folders or a tfds data set turns any preset's data into those, but where the preset's are
    labelled: there dir_a and dir_b name splits.

    Args:
      name: preset, or "" for the defaults.
      overrides: {"section.field": value}.

    Returns:
      ExperimentConfig.
    """
    config = preset_config(name) if name else ExperimentConfig()
    source = overrides.get("data.source")
    moved = source is not None and source != config.data.source
    if source is None and config.data.source != "labelled":
        folders = any(overrides.get(f"data.{key}") for key in ("dir_a", "dir_b", "root"))
        source = "tfds" if overrides.get("data.tfds") else "folder" if folders else None
        moved = source is not None
    if moved:
        # The preset's own places, and what else only its source reads, say nothing about another.
        places = {"dir_a", "dir_b"} | set().union(*SOURCES.values()) - SOURCES[source]
        defaults = {f"data.{key}": getattr(DataConfig(), key) for key in places}
        config = config.replace({**defaults, "data.source": source})
    return config.replace(overrides).validate()
