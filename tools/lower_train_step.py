"""Writes a training as StableHLO, to be run where there is XLA and no TensorFlow.

  python tools/lower_train_step.py --preset=blue_marble --output=program
  python tools/lower_train_step.py --workdir=runs/mine --output=program

The train step, with both its tapes and optimizers, becomes one XLA program; all variables are its
arguments and results. With --workdir it starts where that training stands. Beside it come the
variables, the images and a manifest; unit_tf/lowering/program_folder.py lists the files.
tools/run_lowered.py runs them, tools/import_state.py makes a workdir of what comes out.
"""

import pathlib
import re
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("preset", "", "named experiment", flag_values=FLAGS)
absl_flags.DEFINE_string("workdir", "", "or a training to go on with", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder to make", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "rows", 4, "images of each domain in a sample", lower_bound=1, flag_values=FLAGS
)
flags.define_config_flags(FLAGS)
# "module @name attributes {mhlo.input_output_alias = [{alias = {..., parameter_number = 2 : i64},
# output_index = array<i64: 14>}, ...": which results are variables' new values.
_ALIAS = re.compile(r"parameter_number = (\d+) : i64\}, output_index = array<i64: (\d+)>")
# Where an image is cut from: tools/run_lowered.py can do it too.
SOURCES = ("blue_marble", "coast")


def resolved_config():
    """The configuration of --preset and the flags, or that of --workdir.

    Raises:
      UserError: both or neither, settings beside --workdir, or data that cannot be carried along.
    """
    overrides = flags.config_overrides(FLAGS)
    if bool(FLAGS.preset or overrides) == bool(FLAGS.workdir):
        raise UserError("give --preset and settings, or --workdir alone, which has them")
    if FLAGS.workdir:
        from unit_tf.training.workdir import read_config

        config = read_config(pathlib.Path(FLAGS.workdir).expanduser())
    else:
        config = resolve(FLAGS.preset, overrides)
    if config.data.source not in SOURCES:
        raise UserError(
            f"--data.source={config.data.source}: cannot be carried along; one of "
            f"{', '.join(SOURCES)} can"
        )
    return config


def check_output(output):
    """Raises UserError unless it is a folder to be made, or empty: states have one name."""
    try:
        if output.exists() and any(output.iterdir()):
            raise UserError(f"--output={output}: not empty; give another folder")
    except OSError as error:
        raise UserError(f"--output={output}: {error.strerror.lower()}") from None


def check_rows(rows, data):
    """Raises UserError where a domain has fewer crops than a sample has rows."""
    most = min(len(data.train_a), len(data.train_b))
    if rows > most:
        raise UserError(f"--rows={rows}: at most {most}, the crops that there are")


def make_output(output):
    """Makes the folder."""
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--output={output}: {error.strerror.lower()}") from None


def restore(trainer):
    """Takes up the training in --workdir.

    Raises:
      UserError: it has no checkpoint, as a shipped translator has none.
    """
    from unit_tf.training.checkpoints import restore_newest

    if not restore_newest(trainer, pathlib.Path(FLAGS.workdir).expanduser()):
        raise UserError(f"--workdir={FLAGS.workdir}: no checkpoint there to go on from")


def program_text(function, arguments):
    """(StableHLO, {result: parameter} of results that are variables' new values)."""
    text = function.experimental_get_compiler_ir(*arguments)(stage="stablehlo")
    head = text[: text.index("func.func")]
    return text, {int(result): int(parameter) for parameter, result in _ALIAS.findall(head)}


def captured(function, arguments, names):
    """Indices into ``names`` of the variables that a traced function takes behind its arguments."""
    order = {id(variable.value.handle): i for i, variable in enumerate(names.values())}
    concrete = function.get_concrete_function(*arguments)
    return [order[id(handle)] for handle in concrete.captured_inputs]


def lower_step(trainer, names, inputs):
    """(StableHLO, order of its variables, names of its losses, indices of updated variables)."""
    import tensorflow as tf

    @tf.function(jit_compile=True, autograph=False)
    def step(x_a, x_b, seed):
        logs = trainer.train_step((x_a, x_b), seed)
        return {name: tf.cast(value, tf.float32) for name, value in logs.items()}

    order = captured(step, inputs, names)
    text, alias = program_text(step, inputs)
    logs = sorted(step.get_concrete_function(*inputs).structured_outputs)
    updated = [alias.get(len(logs) + i) for i in range(len(alias))]
    if None in updated or not set(updated) <= set(range(len(inputs), len(inputs) + len(order))):
        raise RuntimeError("the program's results are not losses, then variables")
    return text, order, logs, [parameter - len(inputs) for parameter in updated]


def lower_sample(trainer, names, images):
    """(StableHLO, indices of its variables, titles of its results)."""
    import tensorflow as tf

    titles = []

    @tf.function(jit_compile=True, autograph=False)
    def sample(x_a, x_b):
        columns = trainer.method.preview((x_a, x_b))
        titles[:] = columns  # while it is traced
        # In the order of a list: a dict's would be that of its keys.
        return [tf.cast(column, tf.float32) for column in columns.values()]

    order = captured(sample, images, names)
    text, _ = program_text(sample, images)
    return text, order, titles


def lower(trainer, config, rows):
    """(Manifest, {file: StableHLO}) of a trainer.

    Args:
      trainer: Trainer on one device.
      config: ExperimentConfig, as unit-train would have it.
      rows: images of each domain in a sample.
    """
    import tensorflow as tf
    from unit_tf.export.provenance import provenance

    from unit_tf.lowering import program_folder
    from unit_tf.lowering.named_state import named_variables

    names = named_variables(trainer)

    def images(count):
        data = config.data
        return [tf.zeros([count, *data.image_size, data.domain_channels(d)]) for d in "ab"]

    inputs = [*images(config.optim.batch_size), tf.constant(config.run.seed, tf.int32)]
    step, order, logs, updated = lower_step(trainer, names, inputs)
    sample, sample_order, columns = lower_sample(trainer, names, images(rows))
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
        versions={"tensorflow": tf.__version__, "commit": provenance()["commit"]},
    )  # fmt: skip
    return manifest, {program_folder.STEP_PROGRAM: step, program_folder.SAMPLE_PROGRAM: sample}


def main():
    """Writes the folder."""
    flags.require(FLAGS, "output")
    config, output = resolved_config(), pathlib.Path(FLAGS.output).expanduser()
    check_output(output)
    quiet.start_tensorflow()
    import tensorflow as tf

    from unit_tf.data.datasets import open_data
    from unit_tf.files import write_text
    from unit_tf.lowering import program_folder
    from unit_tf.lowering.named_state import named_variables
    from unit_tf.training import loop

    data = open_data(config.data)
    check_rows(FLAGS.rows, data)
    trainer = loop.build_trainer(program_folder.on_one_device(config), tf.distribute.get_strategy())
    if FLAGS.workdir:
        restore(trainer)
    make_output(output)
    manifest, programs = lower(trainer, config, FLAGS.rows)
    for name, text in programs.items():
        write_text(output / name, text)
    variables = named_variables(trainer)
    values = [variables[argument.name].numpy() for argument in manifest.state]
    program_folder.write_state(output / program_folder.STATE, manifest, values)
    program_folder.write_images(output / program_folder.IMAGES, data)
    manifest.write(output)  # last: a folder with a manifest is whole
    size = sum(path.stat().st_size for path in output.iterdir()) / 2**20
    print(f"{output}: step {int(trainer.step.numpy())}, {len(values)} variables, {size:.1f} MiB")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
