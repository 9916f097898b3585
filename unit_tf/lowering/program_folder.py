"""A folder with a whole training as XLA programs: what tools/run_lowered.py needs, no TensorFlow.

FOLDER/manifest.json   the configuration, and the programs' arguments and results in their order
FOLDER/step.mlir       StableHLO of one train step
FOLDER/sample.mlir     StableHLO of the log's grid, from the networks without noise
FOLDER/state.npz       every variable before the first step
FOLDER/images.npz      what the crops are cut from

The step's arguments are a batch of A, one of B and the run's seed, then the variables ``state``;
its results are the losses ``logs``, then the new values of the variables ``updated``, which may lie
in the memory of the old ones. The sample's are images of A and of B, then the variables that
``sample_state`` lists; its results are the images of ``columns``.
"""

import dataclasses
import json
import pathlib
import typing

import numpy as np

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.data.registry import SOURCES, find_source
from unit_tf.data.sources.blue_marble import BandDomain
from unit_tf.data.streams import DOMAIN_IDS, Crops
from unit_tf.files import atomic_path, os_reason, write_text
from unit_tf.weight_files import open_npz

MANIFEST, STATE, IMAGES = "manifest.json", "state.npz", "images.npz"
STEP_PROGRAM, SAMPLE_PROGRAM = "step.mlir", "sample.mlir"
STEP = "step"  # the variable that counts
FORMAT = 2


class Argument(typing.NamedTuple):
    """An array that a program takes.

    Attributes:
      name: of a variable its place in the trainer, such as "network/encoder_a/conv0/conv/kernel".
      shape: list of int.
      dtype: NumPy's name.
    """

    name: str
    shape: list
    dtype: str


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What is in manifest.json.

    Attributes:
      config: ExperimentConfig of the training, as unit-train would have it.
      inputs: Arguments that change with every step: x_a, x_b, seed.
      state: Arguments of the variables, in the order of the step's parameters.
      logs: names of the losses, in the order of the step's first results.
      updated: indices into ``state`` of the step's further results.
      rows: images of each domain in a sample.
      sample_state: indices into ``state`` of the sample's variables.
      columns: titles of the sample's results.
      versions: {"tensorflow", "commit"}.
    """

    config: ExperimentConfig
    inputs: list
    state: list
    logs: list
    updated: list
    rows: int
    sample_state: list
    columns: list
    versions: dict

    def write(self, folder):
        """Writes FOLDER/manifest.json."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        fields["config"] = json.loads(self.config.to_json())
        for key in ("inputs", "state"):
            fields[key] = [argument._asdict() for argument in fields[key]]
        text = json.dumps({"format": FORMAT, **fields}, indent=1)
        write_text(pathlib.Path(folder) / MANIFEST, text + "\n")


def check_source(config):
    """Raises UserError for an experiment whose data cannot be carried along."""
    if not find_source(config.data.source).globes:
        able = ", ".join(name for name, spec in SOURCES.items() if spec.globes)
        raise UserError(
            f"--data.source={config.data.source}: cannot be carried along; one of {able} can"
        )


def check_empty(output):
    """Raises UserError unless it is a folder to be made, or empty: states have one name."""
    try:
        if output.exists() and any(output.iterdir()):
            raise UserError(f"--output={output}: not empty; give another folder")
    except OSError as error:
        raise UserError(f"--output={output}: {os_reason(error)}") from None


def on_one_device(config):
    """An ExperimentConfig as one program computes it; the weights are those of ``config``."""
    return config.replace({"run.strategy": "single", "run.cpu_replicas": 1, "run.jit": False})


def read_manifest(folder, flag="program"):
    """The Manifest of a folder.

    Args:
      folder: path.
      flag: the flag that names it, for messages.

    Returns:
      Manifest.

    Raises:
      UserError: there is none, or it is damaged; one line.
    """
    path = pathlib.Path(folder) / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.pop("format") != FORMAT:
            raise UserError(f"{path}: of another version; lower the training again")
        found["config"] = ExperimentConfig.from_json(json.dumps(found["config"]), str(path))
        for key in ("inputs", "state"):
            found[key] = [Argument(**argument) for argument in found[key]]
        return Manifest(**found)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"--{flag}={folder}: no {MANIFEST} there; tools/lower_train_step.py writes one"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({os_reason(error)})") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path}: damaged; lower the training again") from None


def write_arrays(path, arrays):
    """Writes {name: array} to an .npz file, whole or not at all, without pickling.

    Not compressed: trained weights shrink by a tenth, and the training would wait for it.
    """
    _write(path, np.savez, arrays)


def _write(path, save, arrays):
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        save(file, **arrays)


def read_arrays(path, names=()):
    """Reads an .npz file, as ``weight_files.open_npz`` does.

    Args:
      path: the file.
      names: arrays to read; empty for all that it has.

    Returns:
      {name: array}.

    Raises:
      UserError: it is not one, or damaged.
    """
    if not pathlib.Path(path).exists():
        raise UserError(f"{path}: no such file")
    try:
        with open_npz(path) as file:
            return file.read_all(names)
    except ValueError as error:
        raise UserError(f"{path}: not a whole .npz file of arrays ({error})") from None


def read_state(path, manifest):
    """The variables of a state file.

    Args:
      path: the file.
      manifest: Manifest of its training.

    Returns:
      list of arrays, in the manifest's order.

    Raises:
      UserError: the file is damaged or of another training; names the first misfit.
    """
    arrays = read_arrays(path)
    for wanted in manifest.state:
        array = arrays.get(wanted.name)
        if array is None or [*array.shape] != wanted.shape or array.dtype.name != wanted.dtype:
            raise UserError(f"{path}: not a state of this training; first misfit: {wanted.name}")
    return [arrays[wanted.name] for wanted in manifest.state]


def write_state(path, manifest, values):
    """Writes variables that stand in the manifest's order."""
    named = zip(manifest.state, values, strict=True)
    write_arrays(path, {argument.name: np.asarray(value) for argument, value in named})


def position_of(manifest):
    """Index of the variable that counts steps."""
    return [argument.name for argument in manifest.state].index(STEP)


def step_of(path):
    """The step at which a state file stands.

    Raises:
      UserError: it is damaged, or no state.
    """
    try:
        return int(read_arrays(path, (STEP,))[STEP])
    except TypeError:
        raise UserError(f"{path}: not a state; its {STEP} is no number") from None


def write_images(path, data):
    """Writes what the two training domains, BandDomains, cut their crops from."""
    domains = {"a": data.train_a, "b": data.train_b}
    arrays = {f"globe_{d}": _without_the_rest(domain) for d, domain in domains.items()}
    arrays.update({f"corners_{d}": domain.corners for d, domain in domains.items()})
    _write(path, np.savez_compressed, arrays)


def _without_the_rest(domain):
    """A BandDomain's image, black where no crop reaches: smaller, and no test tile goes along."""
    rows, columns = (np.unique(domain.corners[:, i]) for i in (0, 1))
    height, width = domain.size
    used = np.zeros(domain.globe.shape[1], bool)
    for column in columns:
        used[column : column + width] = True
    kept = np.zeros_like(domain.globe)
    band = slice(rows[0], rows[-1] + height)
    kept[band, used] = domain.globe[band, used]
    return kept


def read_crops(path, config):
    """The batches that the ordinary training reads.

    Args:
      path: the file that ``write_images`` wrote.
      config: ExperimentConfig.

    Returns:
      {"a": Crops, "b": Crops}.

    Raises:
      UserError: the file is damaged.
    """
    arrays, streams = read_arrays(path), {}
    for d in DOMAIN_IDS:
        channels, size = config.data.domain_channels(d), config.data.image_size
        try:
            globe, corners = arrays[f"globe_{d}"], arrays[f"corners_{d}"]
            domain = BandDomain(globe, corners, size, config.data.flip, channels)
        except KeyError as error:
            raise UserError(f"{path}: damaged, without {error}; lower the training again") from None
        name = "a" if config.data.paired else d
        streams[d] = Crops(domain, name, config.run.seed, (*size, channels))
    return streams
