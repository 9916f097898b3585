"""Translates image files by a TensorFlow Serving model server."""

import importlib.util
import os
import typing

import tqdm
from unit_tf.export.serving import scheduler, statistics
from unit_tf.export.serving import transport as transport_lib
from unit_tf.export.serving.forms import EncodedForm, FloatForm

from unit_tf.config import UserError, name_some, nearest, user_path
from unit_tf.config.value_range import OWN, parse_one_range
from unit_tf.data.parts_of_files import remark_lines
from unit_tf.inference import image_files

NAMED_IN_MESSAGES = 20


class ClientReport(typing.NamedTuple):
    """How a run went.

    Attributes:
      total: images asked for.
      failures: the Outcomes of those without a translation, in the order of their names.
      summary: one line: counts, seconds, latencies.
      remarks: lines that name the images that were sent in part.
    """

    total: int
    failures: list
    summary: str
    remarks: tuple = ()

    def check(self):
        """Raises UserError, which names them, where images failed."""
        if not self.failures:
            return
        failures = [f"{o.job.source} ({o.reason})" for o in self.failures]
        named = name_some(failures, NAMED_IN_MESSAGES)
        raise UserError(f"{len(failures)} of {self.total} images failed: {named}")


def translate(request, before_tensorflow=lambda: None):
    """Translates every image that a request names, and writes PNG files.

    Args:
      request: ClientRequest.
      before_tensorflow: called before TensorFlow is imported, which gRPC's messages need.

    Returns:
      ClientReport. An image that fails does not stop the others.

    Raises:
      UserError: no images, no such model, or the server does not answer.
    """
    jobs = _plan(request)
    transport = _connect(request, before_tensorflow)
    try:
        model = _describe(transport, request)
        if request.signature not in model.signatures:
            hint = nearest(request.signature, sorted(model.signatures))
            raise UserError(f"--signature={request.signature}: not the model's{hint}")
        return _send(transport, model, jobs, request)
    finally:
        transport.close()


def _plan(request):
    """The jobs of ``--input`` and ``--output``; every result is a PNG file."""
    found = image_files.plan(request.input, request.output)
    output = user_path("--output", request.output)
    if found[0].target == output:  # a file
        if output.suffix.lower() != ".png":
            raise UserError(f"--output={output}: results are .png; name a folder or one of these")
        return found
    jobs = [image_files.Job(job.source, job.target.with_suffix(".png")) for job in found]
    image_files.refuse_collisions(jobs)  # x.jpg and x.webp part in plan(), and meet here
    return jobs


def _connect(request, before_tensorflow):
    """A Transport of the chosen protocol; TensorFlow is imported for gRPC alone."""
    target = transport_lib.Target(request.model, request.version, request.label)
    settings = request.server, target, request.deadline, request.tls, request.concurrency
    if request.protocol == "rest":
        from unit_tf.export.serving.rest_transport import RestTransport

        return RestTransport(*settings)
    if not importlib.util.find_spec("tensorflow_serving"):
        raise UserError(
            "--protocol=grpc needs tensorflow-serving-api: pip install 'unit_tf[serving]', "
            "or use --protocol=rest"
        )
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what fails is told in our line
    before_tensorflow()
    from unit_tf.export.serving.grpc_transport import GrpcTransport

    return GrpcTransport(*settings)


def _describe(transport, request):
    """The model's description; raises UserError in one line where there is none to be had."""
    asked = f"--model={request.model}"
    asked += f" --version={request.version}" if request.version is not None else ""
    asked += f" --label={request.label}" if request.label else ""
    try:
        return transport.describe()
    except transport_lib.NotFound as error:
        raise UserError(f"{asked}: not served by {request.server} ({error})") from None
    except transport_lib.Transient as error:
        raise UserError(
            f"--server={request.server}: cannot be reached by --protocol={request.protocol} "
            f"({error})"
        ) from None
    except transport_lib.ServingError as error:
        raise UserError(f"{asked}: {request.server} does not describe it ({error})") from None


def _send(transport, model, jobs, request):
    """Sends all images; the ClientReport."""
    signature = model.signatures[request.signature]
    chosen = parse_one_range("--value_range", request.value_range)
    value_range = None if chosen == OWN else chosen
    kind = EncodedForm if signature.encoded else FloatForm
    form = kind(model.channels, value_range, request.resize)
    counts = statistics.Statistics()
    predict = transport_lib.retrying(transport.predict, request.retries, counts)
    work = scheduler.Scheduler(
        lambda payloads: predict(signature, payloads), form, request.batch_size,
        request.concurrency, transport.close,
    )  # fmt: skip
    failures, done = [], 0
    try:
        with tqdm.tqdm(total=len(jobs), unit="image", disable=None) as bar:
            for outcome in work.run(jobs):
                failures += [outcome] if outcome.error else []
                done += 1
                bar.update()
    except transport_lib.Transient as error:
        raise UserError(
            f"the server has stopped answering ({error}); {done - len(failures)} of {len(jobs)} "
            "images were translated"
        ) from None
    by = request.model if model.version is None else f"{request.model} version {model.version}"
    summary = counts.summary(by, done - len(failures), len(failures))
    failures.sort(key=lambda outcome: outcome.job)
    remarks = remark_lines({job.source: form.remarks.get(job.source) for job in jobs})
    return ClientReport(len(jobs), failures, summary, tuple(remarks))
