"""Starts a training with the networks of a trained translator, ``--run.init_from``.

The optimizers are new, and so are their moving averages, which begin with the first updated
weights. Only a start reads the translator: what a training goes on from is its own checkpoint.
"""

import operator

from unit_tf.config import printable
from unit_tf.methods.growth import Growth, passing
from unit_tf.methods.registry import find_method
from unit_tf.methods.sizes import configured_architecture
from unit_tf.methods.weights import (
    MisfitError,
    kept_weights,
    named,
    network_of,
    networks_in,
    read_weights,
)
from unit_tf.training.workdir import (
    CONFIG,
    TRANSLATOR,
    WorkdirError,
    list_checkpoints,
    newest_whole,
    resolve_workdir,
    stored_config,
)

FLAG = "--run.init_from"
# What no weight's shape shows: {setting: Architecture -> what it comes to}.
_UNSEEN = {
    "model.block_norm": operator.attrgetter("block_norm"),
    "model.front_norm": operator.attrgetter("front_norm"),
    "model.up": operator.attrgetter("up"),
}
_COUNTS = ("model.num_blocks", "model.num_shared")
# Settings of a network that its weights' shapes follow from.
_SHAPING = (
    "model.method", "model.architecture", "model.width", *_COUNTS, *_UNSEEN, "model.initializer",
    "model.num_downsamples", "model.style_size", "model.coordinates", "data.channels",
    "data.channels_a", "data.channels_b",
)  # fmt: skip
_DISCRIMINATOR_SHAPING = (
    "model.discriminator_width", "model.discriminator_depth", "model.discriminator_kernel",
    "model.discriminator_scales", "model.discriminator_shared",
)  # fmt: skip


def reads_source(config, workdir):
    """Whether a training reads the translator of ``run.init_from``: only one that begins does.

    Args:
      config: ExperimentConfig.
      workdir: pathlib.Path of its folder; "" without one.
    """
    return bool(config.run.init_from) and not (workdir and list_checkpoints(workdir))


def check_source(config, workdir):
    """Refuses a translator that is not there, before all data are read.

    Args:
      config: ExperimentConfig.
      workdir: pathlib.Path; a training that goes on in it needs no translator.

    Raises:
      UserError: there is none, or nothing to start from in it.
    """
    if reads_source(config, workdir):
        find_source(config.run.init_from)


def find_source(text):
    """The translator that ``--run.init_from`` names.

    Args:
      text: a workdir, or the name of a shipped translator.

    Returns:
      (its folder, its ExperimentConfig, not checked).

    Raises:
      UserError: there is none, or it has no weights by themselves.
    """
    folder = resolve_workdir(text, FLAG)
    if not (folder / CONFIG).exists():
        raise WorkdirError(f"{FLAG}={text}: no {CONFIG} there; name a training's folder")
    saved = list_checkpoints(folder)
    if not any((place / TRANSLATOR).exists() for place in (folder, *saved)):
        if saved:  # of the time before such files
            raise WorkdirError(
                f"{FLAG}={text}: no {TRANSLATOR} in its checkpoints, which are old; "
                f'unit_tf.load("{text}").save(FOLDER) writes one to start from'
            )
        raise WorkdirError(f"{FLAG}={text}: neither {TRANSLATOR} nor checkpoints there")
    return folder, stored_config(folder / CONFIG)


def read_start(config, method):
    """Gives a method's networks the weights of the translator that ``run.init_from`` names.

    Args:
      config: ExperimentConfig of the new training.
      method: Method that was built for it, with the initial weights.

    Returns:
      one line: where from, which step, and what starts fresh all the same.

    Raises:
      UserError: the translator has other networks, named with the first misfit and the settings
        that differ; or there is none that is whole.
    """
    text = config.run.init_from
    folder, theirs = find_source(text)
    growth = _growth(config, theirs)
    try:
        place, (step, remark) = _read_newest(config, method, folder, growth)
    except MisfitError as error:
        raise _misfit(text, error, config, method, theirs) from None
    except WorkdirError:
        raise WorkdirError(f"{FLAG}={text}: no whole checkpoint there") from None
    if unseen := _unseen_differences(config, theirs):
        raise WorkdirError(f"{FLAG}={text}: has other networks: {', '.join(unseen)}")
    if growth:
        remark += _grow(method, growth, theirs.data.image_size)
    return printable(f"starting with the networks of {place}, step {step}{remark}")


def _read_newest(config, method, folder, growth):
    """Reads a folder's weights: (where they are, (their step, what to say of the networks))."""
    names = {"stored_as": growth.name_before} if growth else {}

    def read(place):
        path = place / TRANSLATOR
        networks, remark = _networks(config, method, path)
        step = read_weights(method, path, networks, **names)
        if place != folder and step != int(place.name):
            raise ValueError(f"holds step {step}")
        return step, remark

    if (folder / TRANSLATOR).exists():
        return folder, read(folder)
    return newest_whole(folder, read)


def _growth(config, theirs):
    """How networks grow out of others of their family that downsample less; None where not."""
    ours, theirs = config.model, theirs.model
    if "model.num_downsamples" not in find_method(ours.method).reads:
        return None
    if ours.architecture != theirs.architecture:
        return None
    try:
        count, before = (configured_architecture(m).num_downsamples for m in (ours, theirs))
    except ValueError as error:
        flag = f"{FLAG}={config.run.init_from}"
        raise WorkdirError(f"{flag}: --model.num_downsamples={error}") from None
    return Growth(before, count - before) if count > before else None


def _grow(method, growth, size):
    """Lets the layers that are new pass their input on; what to say of it."""
    for name, variable in named(method.weights).items():
        if growth.name_before(name) is None:
            variable.assign(passing(name, variable.shape))
    trained = "x".join(map(str, size))
    return f"; trained at {trained}; more downsamples, new at the outside: {growth.more}"


def _networks(config, method, path):
    """(names of the networks to read from a file of weights, what to say of the others)."""
    own, spare, held = _own_networks(method), _discriminators(method), networks_in(path)
    if not config.run.init_discriminator:
        return own - spare, "; the discriminators are new" if spare else ""
    if spare and not spare & held:
        return own - spare, "; it has no discriminators, so they are new"
    # Whatever else it has must fit too, but where this method has no discriminators at all.
    return own | held if spare else own, ""


def _own_networks(method):
    return {network_of(name) for name in kept_weights(method)}


def _discriminators(method):
    return {network_of(variable.path) for variable in method.discriminator_variables}


def _misfit(text, error, config, method, theirs):
    """The UserError of a translator whose weights do not fit."""
    network = network_of(error.misfit)
    is_spare = network in _discriminators(method) or network.startswith("discriminator")
    reads = find_method(config.model.method).reads
    names = [
        name
        for name in (*_SHAPING, *(_DISCRIMINATOR_SHAPING if is_spare else ()))
        if name in reads or name == "model.method" or not name.startswith("model.")
    ]
    if _growth(config, theirs):
        names.remove("model.num_downsamples")  # may differ so
    parts = [f"{FLAG}={text}: has other networks", *_differences(names, config, theirs)]
    hint = "; --run.init_discriminator=false leaves its discriminators out" if is_spare else ""
    return WorkdirError(f"{', '.join(parts)}; first misfit: {error.misfit}{hint}")


def _differences(names, config, theirs):
    """A few words about each of some settings that differ."""
    ours, theirs = dict(config.items()), dict(theirs.items())
    return [
        f"{name} is {theirs[name]} there and {ours[name]} here"
        for name in names
        if ours[name] != theirs[name]
    ]


def _unseen_differences(config, theirs):
    """The same of settings that change what a network computes, and no weight's shape."""
    read = find_method(config.model.method).reads
    names = [name for name in _COUNTS if name in read]
    convolutional = "model.block_norm" in read
    if convolutional or "model.architecture" in read and config.run.init_discriminator:
        names.append("model.architecture")
    if convolutional and theirs.model.architecture == config.model.architecture:
        ours, other = configured_architecture(config.model), configured_architecture(theirs.model)
        names += [name for name, field in _UNSEEN.items() if field(ours) != field(other)]
    return _differences(names, config, theirs)
