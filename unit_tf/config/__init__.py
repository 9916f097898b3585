"""Every setting of an experiment. Standard library only, so that ``--help`` needs no TensorFlow."""

from unit_tf.config.experiment_config import (
    SECTIONS,
    ExperimentConfig,
    field_names,
    lookup,
    named_settings,
    section_class,
)
from unit_tf.config.fields import (
    ConfigError,
    UserError,
    check_options,
    check_value,
    nearest,
    parse_value,
)
from unit_tf.config.printable_text import name_some, plural, printable
from unit_tf.config.repeats import FREE_IN_REPEATS, PLACES
from unit_tf.config.sections import (
    DataConfig,
    ModelConfig,
    OptimConfig,
    RunConfig,
    WeightsConfig,
)
from unit_tf.config.user_paths import (
    FILE_ENDINGS,
    output_file,
    output_path,
    refuse_file_name,
    refuse_no_utf8,
    user_path,
)

__all__ = [
    "FILE_ENDINGS",
    "FREE_IN_REPEATS",
    "PLACES",
    "SECTIONS",
    "ConfigError",
    "DataConfig",
    "ExperimentConfig",
    "ModelConfig",
    "OptimConfig",
    "RunConfig",
    "UserError",
    "WeightsConfig",
    "check_options",
    "check_value",
    "field_names",
    "lookup",
    "name_some",
    "named_settings",
    "nearest",
    "output_file",
    "output_path",
    "parse_value",
    "plural",
    "printable",
    "refuse_file_name",
    "refuse_no_utf8",
    "section_class",
    "user_path",
]
