"""Writes a training into a folder: its step and its sample as StableHLO, and what they start from.

The train step, with both its tapes and optimizers, becomes one XLA program; all variables are its
arguments and results.
"""

import re

import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.files import os_reason, write_text
from unit_tf.lowering import program_folder
from unit_tf.lowering.named_state import named_variables

# "module @name attributes {mhlo.input_output_alias = [{alias = {..., parameter_number = 2 : i64},
# output_index = array<i64: 14>}, ...": which results are variables' new values.
_ALIAS = re.compile(r"parameter_number = (\d+) : i64\}, output_index = array<i64: (\d+)>")


def check_rows(rows, data):
    """Raises UserError where a domain has fewer crops than a sample has rows.

    Args:
      rows: images of each domain in a sample.
      data: Data of two BandDomains.
    """
    most = min(len(data.train_a), len(data.train_b))
    if rows > most:
        raise UserError(f"--rows={rows}: at most {most}, the crops that there are")


def write_program(output, trainer, config, data, rows, commit):
    """Writes the whole folder; unit_tf/lowering/program_folder.py lists its files.

    Args:
      output: folder to make, or an empty one.
      trainer: Trainer on one device, where the training is to begin.
      config: ExperimentConfig, as unit-train would have it.
      data: Data of ``config.data``.
      rows: images of each domain in a sample.
      commit: of the code, or None where it is unknown.

    Returns:
      program_folder.Manifest, as it was written.

    Raises:
      UserError: the folder cannot be made.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--output={output}: {os_reason(error)}") from None
    manifest, programs = lower(trainer, config, rows, commit)
    for name, text in programs.items():
        write_text(output / name, text)
    variables = named_variables(trainer)
    values = [variables[argument.name].numpy() for argument in manifest.state]
    program_folder.write_state(output / program_folder.STATE, manifest, values)
    program_folder.write_images(output / program_folder.IMAGES, data)
    manifest.write(output)  # last: a folder with a manifest is whole
    return manifest


def lower(trainer, config, rows, commit):
    """Lowers a trainer's step and sample.

    Args:
      trainer, config, rows, commit: as ``write_program`` takes them.

    Returns:
      (program_folder.Manifest, {file: StableHLO}).
    """
    names = named_variables(trainer)

    def images(count):
        data = config.data
        return [tf.zeros([count, *data.image_size, data.domain_channels(d)]) for d in "ab"]

    inputs = [*images(config.optim.images_a_step), tf.constant(config.run.seed, tf.int32)]
    step, order, logs, updated = _lower_step(trainer, names, inputs)
    sample, sample_order, columns = _lower_sample(trainer, names, images(rows))
    listed = [*names.items()]
    manifest = program_folder.Manifest(
        config=config,
        inputs=[
            program_folder.Argument(name, [*x.shape], x.dtype.name)
            for name, x in zip(("x_a", "x_b", "seed"), inputs, strict=True)
        ],
        state=[
            program_folder.Argument(listed[i][0], [*listed[i][1].shape], listed[i][1].dtype)
            for i in order
        ],
        logs=logs,
        updated=updated,
        rows=rows,
        sample_state=[order.index(i) for i in sample_order],
        columns=columns,
        versions={"tensorflow": tf.__version__, "commit": commit},
    )
    return manifest, {program_folder.STEP_PROGRAM: step, program_folder.SAMPLE_PROGRAM: sample}


def _lower_step(trainer, names, inputs):
    """(StableHLO, order of its variables, names of its losses, indices of updated variables)."""

    @tf.function(jit_compile=True, autograph=False)
    def step(x_a, x_b, seed):
        logs = trainer.train_step((x_a, x_b), seed)
        return {name: tf.cast(value, tf.float32) for name, value in logs.items()}

    order = _captured(step, inputs, names)
    text, alias = _program_text(step, inputs)
    logs = sorted(step.get_concrete_function(*inputs).structured_outputs)
    updated = [alias.get(len(logs) + i) for i in range(len(alias))]
    if None in updated or not set(updated) <= set(range(len(inputs), len(inputs) + len(order))):
        raise RuntimeError("the program's results are not losses, then variables")
    return text, order, logs, [parameter - len(inputs) for parameter in updated]


def _lower_sample(trainer, names, images):
    """(StableHLO, indices of its variables, titles of its results)."""
    titles = []

    @tf.function(jit_compile=True, autograph=False)
    def sample(x_a, x_b):
        columns = trainer.method.preview((x_a, x_b))
        titles[:] = columns  # while it is traced
        # In the order of a list: a dict's would be that of its keys.
        return [tf.cast(column, tf.float32) for column in columns.values()]

    order = _captured(sample, images, names)
    text, _ = _program_text(sample, images)
    return text, order, titles


def _captured(function, arguments, names):
    """Indices into ``names`` of the variables that a traced function takes behind its arguments."""
    order = {id(variable.value.handle): i for i, variable in enumerate(names.values())}
    concrete = function.get_concrete_function(*arguments)
    return [order[id(handle)] for handle in concrete.captured_inputs]


def _program_text(function, arguments):
    """(StableHLO, {result: parameter} of results that are variables' new values)."""
    text = function.experimental_get_compiler_ir(*arguments)(stage="stablehlo")
    head = text[: text.index("func.func")]
    return text, {int(result): int(parameter) for parameter, result in _ALIAS.findall(head)}
