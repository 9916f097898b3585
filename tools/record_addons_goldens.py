"""Records what TensorFlow Addons 0.23 computes, for the tests of this project's own versions.

TensorFlow Addons ended in May 2024 and does not import beside TensorFlow 2.21, so its answers are
recorded once, in an environment of its own, by tools/record_addons_goldens.sh. That script is the
way to run this one. Every input is stored beside its outputs; nothing in the file is pickled.

Keys of the file:
  versions/<distribution>
  instance_norm/epsilons
  instance_norm/<small|square>/x, cotangent, gamma, beta
  instance_norm/<small|square>/<plain|affine>_<1e-05|0.001>/y, dx
  spectral_norm/<dense|conv>/x, kernel, u
  spectral_norm/<dense|conv>/iterations_<1|3>/y, kernels, us, y_inference
  moving_average/w, b, grads_w, grads_b, learning_rate, decay
  moving_average/start_<0|1>_<fixed|dynamic>/w, b, average_w, average_b (after each step)
"""

import importlib.metadata
import sys

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa

SEED = 20170300
EPSILONS = (1e-5, 1e-3)
SHAPES = {"small": (2, 5, 4, 3), "square": (1, 8, 8, 4)}
TRAINING_CALLS = 3
STEPS = 6
DECAY = 0.9
LEARNING_RATE = 0.25


def normal(rng, *shape):
    """Standard normal float32 array."""
    return rng.standard_normal(shape).astype(np.float32)


def record_versions(goldens):
    """Which releases answered."""
    for name in ("tensorflow-cpu", "tensorflow-addons", "keras", "numpy"):
        goldens[f"versions/{name}"] = np.array(importlib.metadata.version(name))
    goldens["versions/python"] = np.array(".".join(map(str, sys.version_info[:3])))


def record_instance_norm(goldens, rng):
    """Outputs and input gradients of InstanceNormalization over NHWC, affine and not."""
    goldens["instance_norm/epsilons"] = np.array(EPSILONS)
    for shape_name, shape in SHAPES.items():
        where = f"instance_norm/{shape_name}"
        channels = shape[-1]
        case = {
            # Means and scales that differ by channel, so that mixing channels up shows.
            "x": normal(rng, *shape) * np.linspace(0.5, 3, channels, dtype=np.float32)
            + np.linspace(-2, 2, channels, dtype=np.float32),
            "cotangent": normal(rng, *shape),
            "gamma": 1 + normal(rng, channels) / 2,
            "beta": normal(rng, channels),
        }
        goldens.update({f"{where}/{key}": value for key, value in case.items()})
        for epsilon in EPSILONS:
            for affine in (False, True):
                name = f"{where}/{'affine' if affine else 'plain'}_{epsilon}"
                goldens[f"{name}/y"], goldens[f"{name}/dx"] = instance_norm(case, epsilon, affine)


def instance_norm(case, epsilon, affine):
    """``(y, dx)`` of one case: the output, and the cotangent pulled back to the input."""
    layer = tfa.layers.InstanceNormalization(axis=-1, epsilon=epsilon, center=affine, scale=affine)
    layer.build(case["x"].shape)
    if affine:
        layer.gamma.assign(case["gamma"])
        layer.beta.assign(case["beta"])
    x = tf.constant(case["x"])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    dx = tape.gradient(y, x, output_gradients=tf.constant(case["cotangent"]))
    return y.numpy(), dx.numpy()


def record_spectral_norm(goldens, rng):
    """SpectralNormalization around a Dense and a Conv2D kernel: three training calls, one other."""
    layers = {
        "dense": (lambda: tf.keras.layers.Dense(4, use_bias=False), (3, 6), (6, 4)),
        "conv": (lambda: tf.keras.layers.Conv2D(4, 3, use_bias=False), (1, 5, 5, 2), (3, 3, 2, 4)),
    }
    for name, (make, x_shape, kernel_shape) in layers.items():
        where = f"spectral_norm/{name}"
        x, kernel, u = normal(rng, *x_shape), normal(rng, *kernel_shape), normal(rng, 1, 4)
        goldens.update({f"{where}/x": x, f"{where}/kernel": kernel, f"{where}/u": u})
        for iterations in (1, 3):
            layer = tfa.layers.SpectralNormalization(make(), power_iterations=iterations)
            layer.build(x.shape)
            layer.w.assign(kernel)
            layer.u.assign(u)
            steps = {"y": [], "kernels": [], "us": []}
            for _ in range(TRAINING_CALLS):
                steps["y"].append(layer(x, training=True).numpy())
                steps["kernels"].append(layer.w.numpy())
                steps["us"].append(layer.u.numpy())
            steps["y_inference"] = layer(x, training=False).numpy()
            for key, value in steps.items():
                goldens[f"{where}/iterations_{iterations}/{key}"] = np.array(value)


def record_moving_average(goldens, rng):
    """MovingAverage around SGD: weights and averages after each step of given gradients."""
    inputs = {
        "w": normal(rng, 3, 2),
        "b": normal(rng, 2),
        "grads_w": normal(rng, STEPS, 3, 2),
        "grads_b": normal(rng, STEPS, 2),
        "learning_rate": np.array(LEARNING_RATE),
        "decay": np.array(DECAY),
    }
    goldens.update({f"moving_average/{key}": value for key, value in inputs.items()})
    for start_step in (0, 1):
        for dynamic in (False, True):
            name = f"moving_average/start_{start_step}_{'dynamic' if dynamic else 'fixed'}"
            for key, value in moving_average(inputs, start_step, dynamic).items():
                goldens[f"{name}/{key}"] = np.array(value)


def moving_average(inputs, start_step, dynamic):
    """``{"w", "b", "average_w", "average_b"}``: lists with one array a step."""
    variables = {key: tf.Variable(inputs[key], name=key) for key in ("w", "b")}
    optimizer = tfa.optimizers.MovingAverage(
        tf.keras.optimizers.legacy.SGD(LEARNING_RATE),
        average_decay=DECAY,
        start_step=start_step,
        dynamic_decay=dynamic,
    )
    history = {key: [] for key in ("w", "b", "average_w", "average_b")}
    for step in range(STEPS):
        gradients = [tf.constant(inputs[f"grads_{key}"][step]) for key in variables]
        optimizer.apply_gradients(zip(gradients, variables.values(), strict=True))
        for key, variable in variables.items():
            history[key].append(variable.numpy())
            history[f"average_{key}"].append(optimizer.get_slot(variable, "average").numpy())
    return history


def main(path):
    """Records everything into the npz file ``path``."""
    goldens = {}
    rng = np.random.default_rng(SEED)
    record_versions(goldens)
    record_instance_norm(goldens, rng)
    record_spectral_norm(goldens, rng)
    record_moving_average(goldens, rng)
    if any(value.dtype == object for value in goldens.values()):
        raise TypeError("an array of objects would be pickled")
    np.savez_compressed(path, **goldens)
    print(f"{path}: {len(goldens)} arrays")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: record_addons_goldens.py FILE.npz (see record_addons_goldens.sh)")
    main(sys.argv[1])
