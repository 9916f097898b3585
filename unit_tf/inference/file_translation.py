"""Translates files into files: all is checked first, then decoding, networks, encoding overlap."""

import contextlib
import dataclasses
import math
import pathlib
import sys
import threading

from unit_tf.config import UserError, user_path
from unit_tf.config.value_range import parse_value_range
from unit_tf.data.image_limits import MEGAPIXELS, Limits
from unit_tf.data.images import to_float, to_uint8
from unit_tf.data.scaling import scaling_of
from unit_tf.inference import image_files, style_requests
from unit_tf.inference.clip_files import flicker_text
from unit_tf.inference.decoded_images import DecodedImages
from unit_tf.inference.input_files import InputFiles
from unit_tf.inference.network_memory import memory_for_networks, translation_bytes
from unit_tf.inference.overlap import PIXELS_SIDE_BY_SIDE, ahead, behind, side_by_side, workers
from unit_tf.inference.style_requests import StylePlan, StyleRequest
from unit_tf.inference.tiled_images import tiled_images
from unit_tf.methods.registry import METHODS, find_method
from unit_tf.training.checkpoint_choice import NEWEST, find_checkpoint
from unit_tf.training.workdir import read_config, resolve_workdir

SHIFTS = (1, 2, 4)


@dataclasses.dataclass(frozen=True)
class TranslateRequest:
    """What to translate.

    Attributes:
      workdir: folder of a training, or a shipped translator's name.
      direction: ``"a2b"`` or ``"b2a"``.
      input: an image, an animation or a video, or a folder of them.
      output: folder for the translations; for one image without styles also a file.
      skip_bad: leave unreadable images out instead of stopping.
      styles: StyleRequest.
      max_megapixels: millions of pixels that an image may have.
      max_memory_gb: gigabytes that one image may take; None for what the machine has.
      checkpoint: of a training: ``"newest"``, ``"best"``, or a step.
      shifts: one of SHIFTS, as ``over_shifts`` takes them.
      temporal_smoothing: as TemporalSmoothing takes it, of clips.
      resize: how images are scaled first, as ``scaling_of`` takes it.
    """

    workdir: str
    direction: str
    input: str
    output: str
    skip_bad: bool = False
    styles: StyleRequest = StyleRequest()
    max_megapixels: int = MEGAPIXELS
    max_memory_gb: float | None = None
    checkpoint: str | int = NEWEST
    shifts: int = 1
    temporal_smoothing: float = 0.0
    resize: str | int | None = None


@dataclasses.dataclass(frozen=True)
class FileTranslation:
    """A request whose every input has been read, ready to be carried out.

    Attributes:
      workdir: pathlib.Path.
      direction: ``"a2b"`` or ``"b2a"``.
      jobs: non-empty list of image_files.Job.
      decoded: InputFiles.
      plan: StylePlan, or None.
      failed: how many images were left out though nobody asked for it, since they are too large.
      shifts, temporal_smoothing: as TranslateRequest's.
      flickers: {path of a clip's result: Flicker} of those written.
    """

    workdir: pathlib.Path
    direction: str
    jobs: list
    decoded: InputFiles
    plan: StylePlan | None
    failed: int = 0
    shifts: int = 1
    temporal_smoothing: float = 0.0
    flickers: dict = dataclasses.field(default_factory=dict)

    @property
    def clips(self):
        """{path: Clip} of the inputs that hold several images."""
        return self.decoded.clips

    def write(self, method):
        """Writes the translations.

        Decoding runs ahead of the networks and encoding behind them, in threads. Where an image
        fails, those before it are there; a few after it may be. Clips come last.

        Args:
          method: Method, from ``load`` of the workdir.

        Yields:
          pathlib.Path of each file in order, once it is there.

        Raises:
          UserError: an image cannot be translated or written.
        """
        if self.plan:
            from unit_tf.inference.contact_sheets import write_in_styles

            writing = write_in_styles(self, method)
        else:
            writing = self._write_plain(method)
        with contextlib.closing(writing):
            yield from writing
        if self.clips:
            from unit_tf.inference.clips import write_clips

            with contextlib.closing(write_clips(self, method)) as writing:
                yield from writing

    def summary(self, loaded):
        """What has been done, in a line; ``loaded`` is the LoadedTranslator that did it."""
        said = f" in {len(self.plan.labels)} styles" if self.plan else ""
        return (
            f"{len(self.jobs)} translated {self.direction}{said} by {loaded.source}, "
            f"step {loaded.step}{flicker_text(self.flickers)}"
        )

    def _write_plain(self, method):
        from unit_tf.inference import compiled_networks
        from unit_tf.inference.shift_average import over_shifts
        from unit_tf.inference.tiled_files import translate_file

        tiled, stop = self.decoded.tiled, threading.Event()
        several = len(self.decoded.sizes) > 1
        compiled = compiled_networks.compiled_translation(method, self.direction, several)
        compiled = over_shifts(compiled, method.stride, self.shifts)
        stills = [job for job in self.jobs if job.source not in self.clips]

        def read(job):
            if job.source in tiled:
                return job, None
            return job, to_float(self.decoded.take(job.source))[None]

        def compute(item):
            job, x = item
            if x is None:
                translate_file(method, self.direction, self.decoded, *job, stop=stop)
                return job, None
            return job, compiled_networks.run_network(compiled, x, str(job.source))

        def is_large(item):
            return item[1] is None or item[1].shape[1] * item[1].shape[2] > PIXELS_SIDE_BY_SIDE

        def store(item):
            job, result = item
            if result is None:  # written already
                return job.target
            compiled_networks.require_finite(result, str(job.source))
            image_files.write_image(job.target, to_uint8(result[0]))
            return job.target

        # Pools of their own: what decodes and encodes must not wait for networks, nor they for it.
        with workers() as pool, workers() as networks, contextlib.ExitStack() as ends:
            ends.callback(stop.set)  # an image in many tiles must not be waited for
            inputs = ahead(pool, read, stills)
            yield from behind(pool, store, side_by_side(networks, compute, inputs, is_large))


def prepare(request):
    """Checks a request and reads every image that it names; imports no TensorFlow.

    Args:
      request: TranslateRequest.

    Returns:
      FileTranslation.

    Raises:
      UserError: it cannot be carried out; one line, and nothing has been written.
    """
    workdir = resolve_workdir(request.workdir)
    config = read_config(workdir)
    find_checkpoint(workdir, request.checkpoint)
    spec = find_method(config.model.method)
    _refuse_styles(request.styles, spec)
    refuse_direction(request.direction, spec, config.model)
    _refuse_shifts(request.shifts, spec)
    lines = []
    found = image_files.plan(request.input, request.output, request.skip_bad, lines, clips=True)
    output = user_path("--output", request.output)
    if request.styles.given and found[0].target == output:
        raise UserError(f"--output={output}: styles make several files; name a folder for them")
    inputs, guides = _readers(request, config)
    jobs = image_files.usable(
        found, inputs.channels, request.skip_bad, spec.largest_side, inputs, lines=lines
    )
    if request.temporal_smoothing and not any(clip.moves for clip in inputs.clips.values()):
        lines.append(f"--temporal_smoothing={request.temporal_smoothing:g}: no input moves")
    image_files.refuse_shared_targets(jobs)
    plan = style_requests.open_style_plan(request.styles, output, guides, request.skip_bad)
    if plan:
        style_requests.refuse_collisions(plan, jobs)
    for line in [*lines, *inputs.notes()]:  # behind all refusals, each of which is one line
        print(line, file=sys.stderr)
    failed = 0 if request.skip_bad else len(found) - len(jobs)
    steady = request.shifts, request.temporal_smoothing
    return FileTranslation(workdir, request.direction, jobs, inputs, plan, failed, *steady)


def _readers(request, config):
    """(InputFiles, DecodedImages of the guides), with the training's value ranges."""
    memory = request.max_memory_gb
    memory = memory_for_networks() if memory is None else memory * 1e9
    limits = Limits(request.max_megapixels, memory, "--", translation_bytes(config))
    ranges = parse_value_range(config.data.value_range)
    after = request.direction[-1]
    # One image in many styles, or shifted, is whole in memory.
    tileable = not request.styles.given and request.shifts == 1
    scaling = scaling_of(request.resize, config.data)
    inputs = tiled_images(config, request.direction, limits, tileable, InputFiles, scaling)
    guides = DecodedImages(config.data.domain_channels(after), 0, ranges[after], limits, scaling)
    return inputs, guides


def refuse_direction(direction, spec, model):
    """Raises UserError where a method translates, but not in this direction.

    Args:
      direction: ``"a2b"`` or ``"b2a"``.
      spec: MethodSpec.
      model: ModelConfig.
    """
    directions = spec.directions_of(model)
    if directions and direction not in directions:
        known = " and ".join(directions)
        raise UserError(f"--direction={direction}: method {spec.name} translates {known} alone")


def _refuse_shifts(shifts, spec):
    """Raises UserError for another number, or where an image that is moved would be too large."""
    if shifts not in SHIFTS:
        raise UserError(f"--shifts={shifts}: expected {', '.join(map(str, SHIFTS))}")
    if shifts > 1 and spec.largest_side < math.inf:
        raise UserError(f"--shifts={shifts}: method {spec.name} takes images of one size alone")


def _refuse_styles(request, spec):
    """Raises UserError where styles were asked for of a method that has none."""
    if request.given and not spec.styled:
        field, value = next(iter(request.given.items()))
        styled = ", ".join(name for name, other in METHODS.items() if other.styled)
        raise UserError(
            f"--{style_requests.flag_of(field)}={value}: method {spec.name} has one translation "
            f"for one image; only for methods with styles ({styled})"
        )
