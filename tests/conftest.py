"""Two logical CPU devices in every test process, so that replicas can be tested without a GPU.

They must be made before TensorFlow runs its first op. Nothing else changes: ops run on the first.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf  # noqa: E402

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
