"""The server's configuration, read as the server reads it, and its paths against each other."""

import pathlib
import re
import shutil
import subprocess

import pytest
import unit_tf.export.serving
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
    wrappers_pb2,  # noqa: F401  (registers Int64Value for batching.config)
)
from tensorflow_serving.config import model_server_config_pb2
from unit_tf.export.serving import cli
from unit_tf.export.serving.client_request import PROTOCOLS

FOLDER = pathlib.Path(unit_tf.export.serving.__path__[0])
CONFIG = FOLDER / "config"
COMPOSE = (FOLDER / "docker-compose.yml").read_text()


# Messages of TensorFlow Serving's session_bundle_config.proto and monitoring_config.proto, which
# tensorflow-serving-api does not ship: {message: {field: (number, type)}}.
NUMBER, TEXT = ".google.protobuf.Int64Value", ".google.protobuf.StringValue"
MESSAGES = {
    "BatchingParameters": {
        "max_batch_size": (1, NUMBER), "batch_timeout_micros": (2, NUMBER),
        "max_enqueued_batches": (3, NUMBER), "num_batch_threads": (4, NUMBER),
        "thread_pool_name": (5, TEXT), "allowed_batch_sizes": (6, "INT64"),
        "pad_variable_length_inputs": (7, "BOOL"),
    },
    "PrometheusConfig": {"enable": (1, "BOOL"), "path": (2, "STRING")},
    "MonitoringConfig": {"prometheus_config": (1, ".tensorflow.serving.PrometheusConfig")},
}  # fmt: skip


def parse(text, name):
    """Text -> one of MESSAGES; raises ParseError as the server would refuse it."""
    file = descriptor_pb2.FileDescriptorProto(name="configs.proto", syntax="proto3")
    file.package = "tensorflow.serving"
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    for title, fields in MESSAGES.items():
        described = file.message_type.add(name=title)
        for field, (number, kind) in fields.items():
            added = described.field.add(name=field, number=number)
            added.label = added.LABEL_REPEATED if kind == "INT64" else added.LABEL_OPTIONAL
            if kind.startswith("."):
                added.type, added.type_name = added.TYPE_MESSAGE, kind
            else:
                added.type = getattr(added, f"TYPE_{kind}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    found = pool.FindMessageTypeByName(f"tensorflow.serving.{name}")
    return text_format.Parse(text, message_factory.GetMessageClass(found)())


def flag(name):
    """The value of a flag in the server's command."""
    (value,) = re.findall(rf"^ +- --{name}=(\S+)$", COMPOSE, re.MULTILINE)
    return value


def mounted(path):
    """The file here that the container sees as ``path``."""
    assert path.startswith("/config/")
    return CONFIG / path.removeprefix("/config/")


def test_models():
    config = model_server_config_pb2.ModelServerConfig()
    text_format.Parse(mounted(flag("model_config_file")).read_text(), config)
    models = config.model_config_list.config
    assert [(m.name, m.base_path) for m in models] == [("a2b", "/models/a2b"),
                                                       ("b2a", "/models/b2a")]  # fmt: skip
    for model in models:
        assert model.model_platform == "tensorflow"
        assert model.model_version_policy.latest.num_versions == 2
        assert dict(model.version_labels) == {"stable": 1}
    # No version is loaded when the server reads the labels first.
    assert flag("allow_version_labels_for_unavailable_models") == "true"
    assert "source: ${EXPORT_DIR:?" in COMPOSE and "unit-export}/serving\n" in COMPOSE
    assert "target: /models\n" in COMPOSE


def test_batching():
    parameters = parse(mounted(flag("batching_parameters_file")).read_text(), "BatchingParameters")
    assert flag("enable_batching") == "true"
    assert parameters.max_batch_size.value >= cli.FLAGS["batch_size"].default
    assert parameters.batch_timeout_micros.value == 0 and parameters.num_batch_threads.value >= 1
    # Images padded to their neighbours' size would come back padded.
    assert not parameters.pad_variable_length_inputs and not parameters.allowed_batch_sizes


def test_monitoring_and_its_scraper_agree():
    text = mounted(flag("monitoring_config_file")).read_text()
    monitoring = parse(text, "MonitoringConfig")
    assert monitoring.prometheus_config.enable
    scrape = mounted(flag("config.file")).read_text()
    assert f"metrics_path: {monitoring.prometheus_config.path}\n" in scrape
    assert 'targets: ["serving:8501"]' in scrape
    assert re.search(r"^  serving:\n    (?:#.*\n +)*image: tensorflow/serving:\S+$",
                     COMPOSE, re.MULTILINE)  # fmt: skip


def test_ports_are_the_client_s_and_of_this_machine_alone():
    ports = re.findall(r'- "(\S+):(\d+):(\d+)"', COMPOSE)
    assert {place for place, _, _ in ports} == {"${BIND_ADDRESS:-127.0.0.1}"}
    assert [outer for _, outer, _ in ports] == [inner for _, _, inner in ports]
    assert {f"localhost:{outer}" for _, outer, _ in ports} > set(PROTOCOLS.values())


def test_yaml_parses():
    yaml = pytest.importorskip("yaml", reason="needs pip install pyyaml")
    compose = yaml.safe_load(COMPOSE)
    assert set(compose["services"]) == {"serving", "prometheus"}
    assert compose["services"]["prometheus"]["profiles"] == ["monitoring"]
    assert yaml.safe_load((CONFIG / "prometheus.yml").read_text())["scrape_configs"]


@pytest.mark.parametrize(
    ("served", "healthy"), [(["a2b", "b2a"], True), (["a2b"], False), ([], False)]
)
def test_healthcheck(serve, served, healthy):
    """The command itself, against the REST endpoint of the tests."""
    if not shutil.which("bash"):
        pytest.skip("runs what the container runs: apt-get install bash")
    (folded,) = re.findall(r"- >-\n(.*?)\n      interval", COMPOSE, re.DOTALL)
    command = " ".join(line.strip() for line in folded.splitlines()).replace("$$", "$")
    endpoint = serve()
    endpoint.models = served
    command = command.replace("127.0.0.1/8501", endpoint.rest.replace(":", "/"))
    done = subprocess.run(["bash", "-c", command], timeout=20, capture_output=True, check=False)
    assert (done.returncode == 0) == healthy, done
