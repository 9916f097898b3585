"""Translates an image, or a folder of images, by a TensorFlow Serving model server.

  unit-serve-client --server=localhost:8500 --model=a2b --input=FILE_OR_DIR --output=DIR
  unit-serve-client --server=localhost:8501 --protocol=rest --model=a2b --input=... --output=...

The servers' configuration lies beside this file: docker-compose.yml. Images are read as by
unit-translate; results are PNG files with the same name and place below the folder, and those that
were there before are replaced. An image that fails does not stop the others: all failed ones are
named at the end. gRPC needs pip install 'unit_tf[serving]'.
"""

import importlib.util
import os
import re
import sys

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags

PROTOCOLS = {"grpc": "localhost:8500", "rest": "localhost:8501"}
NAMED_IN_MESSAGES = 20

FLAGS = flags.new_flags()


def _define(kind, name, default, text, **bounds):
    getattr(absl_flags, f"DEFINE_{kind}")(name, default, text, flag_values=FLAGS, **bounds)


_define("string", "server", None, "host:port; default localhost, port 8500 (grpc) or 8501 (rest)")
_define("string", "protocol", "grpc", "grpc or rest")
_define("string", "model", None, "the served model's name: a2b or b2a")
_define("string", "input", None, "an image, or a folder of them")
_define("string", "output", None, "folder for the translations")
_define("string", "signature", "translate_bytes",
        "translate_bytes sends image files, serving_default floats: much larger")  # fmt: skip
_define("integer", "version", None, "ask this version; default: the latest", lower_bound=0)
_define("string", "label", "", "ask the version that has this label, such as stable")
_define("integer", "batch_size", 4, "images in a request, at most", lower_bound=1)
_define("integer", "concurrency", 4, "requests at a time", lower_bound=1)
_define("float", "deadline", 30.0, "seconds to wait for an answer, each try", lower_bound=0.001)
_define("integer", "retries", 3, "further tries where the server is busy, gone or too slow",
        lower_bound=0)  # fmt: skip
_define("bool", "tls", False, "encrypt; an authority of your own: "
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH (grpc) or REQUESTS_CA_BUNDLE (rest)")  # fmt: skip


def address():
    """``--server``, or where a server of the chosen protocol usually listens."""
    server = FLAGS.server or PROTOCOLS[FLAGS.protocol]
    match = re.fullmatch(r"(?:[^/:\[\]\s]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", server)
    if not match or not 0 < int(match[1]) < 65536:
        raise config_lib.UserError(f"--server={server}: expected host:port, as {PROTOCOLS['grpc']}")
    return server


def open_transport(server, target):
    """A Transport of the chosen protocol; TensorFlow is imported for gRPC alone."""
    if FLAGS.protocol == "rest":
        from unit_tf.export.serving.rest_transport import RestTransport as transport
    else:
        if not importlib.util.find_spec("tensorflow_serving"):
            raise config_lib.UserError(
                "--protocol=grpc needs tensorflow-serving-api: pip install 'unit_tf[serving]', "
                "or use --protocol=rest"
            )
        from unit_tf.cli import quiet

        os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # failed handshakes are told in our line
        quiet.start_tensorflow()
        from unit_tf.export.serving.grpc_transport import GrpcTransport as transport

    return transport(server, target, FLAGS.deadline, FLAGS.tls, FLAGS.concurrency)


def describe(transport, server):
    """The model's description; raises UserError in one line where there is none to be had."""
    from unit_tf.export.serving.transport import NotFound, ServingError, Transient

    asked = f"--model={FLAGS.model}"
    asked += f" --version={FLAGS.version}" if FLAGS.version is not None else ""
    asked += f" --label={FLAGS.label}" if FLAGS.label else ""
    try:
        return transport.describe()
    except NotFound as error:
        raise config_lib.UserError(f"{asked}: not served by {server} ({error})") from None
    except Transient as error:
        raise config_lib.UserError(
            f"--server={server}: cannot be reached by --protocol={FLAGS.protocol} ({error})"
        ) from None
    except ServingError as error:
        raise config_lib.UserError(f"{asked}: {server} does not describe it ({error})") from None


def plan():
    """The jobs of ``--input`` and ``--output``; every result is a PNG file."""
    from unit_tf.inference import image_files

    found = image_files.plan(FLAGS.input, FLAGS.output)
    jobs = [image_files.Job(job.source, job.target.with_suffix(".png")) for job in found]
    image_files.refuse_collisions(jobs)  # x.jpg and x.webp part in plan(), and meet here
    return jobs


def main():
    """Translates what the flags name."""
    flags.require(FLAGS, "model", "input", "output")
    flags.choice(FLAGS, "protocol", PROTOCOLS)
    if FLAGS.version is not None and FLAGS.label:
        raise config_lib.UserError("--version and --label both name a version; give one of them")
    server, jobs = address(), plan()

    from unit_tf.export.serving.transport import Target

    target = Target(FLAGS.model, FLAGS.version, FLAGS.label)
    transport = open_transport(server, target)
    try:
        model = describe(transport, server)
        if FLAGS.signature not in model.signatures:
            hint = config_lib.nearest(FLAGS.signature, sorted(model.signatures))
            raise config_lib.UserError(f"--signature={FLAGS.signature}: not the model's{hint}")
        failures = translate(transport, model, jobs)
    finally:
        transport.close()
    if failures:
        raise config_lib.UserError(_message(failures, len(jobs)))


def translate(transport, model, jobs):
    """Sends all images, prints the summary and gives the Outcomes of those that failed."""
    import tqdm
    from unit_tf.export.serving import forms, scheduler, statistics
    from unit_tf.export.serving import transport as transport_lib

    signature = model.signatures[FLAGS.signature]
    form = (forms.EncodedForm if signature.encoded else forms.FloatForm)(model.channels)
    counts = statistics.Statistics()
    predict = transport_lib.retrying(transport.predict, FLAGS.retries, counts)
    work = scheduler.Scheduler(
        lambda payloads: predict(signature, payloads), form, FLAGS.batch_size, FLAGS.concurrency,
        transport.close,
    )  # fmt: skip
    failures, done = [], 0
    try:
        with tqdm.tqdm(total=len(jobs), unit="image", disable=None) as progress:
            for outcome in work.run(jobs):
                failures += [outcome] if outcome.error else []
                done += 1
                progress.update()
    except transport_lib.Transient as error:
        raise config_lib.UserError(
            f"the server has stopped answering ({error}); {done - len(failures)} of {len(jobs)} "
            "images were translated"
        ) from None
    by = FLAGS.model if model.version is None else f"{FLAGS.model} version {model.version}"
    print(counts.summary(by, done - len(failures), len(failures)))
    return sorted(failures, key=lambda outcome: outcome.job)


def _message(failures, total):
    named = ", ".join(f"{o.job.source} ({o.reason})" for o in failures[:NAMED_IN_MESSAGES])
    more = len(failures) - NAMED_IN_MESSAGES
    return f"{len(failures)} of {total} images failed: {named}" + (
        f" and {more} more" if more > 0 else ""
    )


def run():
    """The command ``unit-serve-client``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
