"""UNIT's one forward pass and its terms, held to Eq. 2-8 computed independently."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig
from unit_tf.losses.weighting import weighted_sum
from unit_tf.methods import unit as unit_lib
from unit_tf.methods.registry import build_method
from unit_tf.presets import resolve

TINY = {
    "model.width": 1 / 16, "model.num_blocks": 2, "model.architecture": "resnet2017",
    "model.discriminator_depth": 2, "data.image_size": 16,
}  # fmt: skip
SEED = tf.constant([5, 6], tf.int32)
FAMILIES = ("gan", "kl", "reconstruction", "cycle_kl", "cycle", "identity")


@functools.cache
def networks(**model):
    """A UNIT whose weights are large enough for different pictures to become different ones."""
    settings = {key.replace("__", "."): value for key, value in model.items()}
    method = build_method(ExperimentConfig().replace({**TINY, **settings}))
    rng = np.random.default_rng(0)
    for variable in method.trainable_variables:
        scale = np.prod(variable.shape[:-1]) ** -0.5 if len(variable.shape) > 1 else 0.1
        variable.assign(rng.normal(0, scale, variable.shape))
    return method


def make(weights=None, noise=0.0, **model):
    """The same networks under other weights and noise; structure goes in ``model``.

    Args:
      weights: {"family": lambda}, all others 0; None for the paper's.
    """
    method = networks(**model)
    structure = {key.replace("__", "."): value for key, value in model.items()}
    config = ExperimentConfig().replace({**TINY, **structure, "model.noise": noise})
    if weights is not None:
        config = config.replace({f"weights.{n}": weights.get(n, 0) for n in FAMILIES})
    method.config = config
    return method


def batch(rows=(1, 1), channels=(3, 3), size=(16, 16)):
    rng = np.random.default_rng(1)
    return tuple(
        tf.constant(rng.uniform(-1, 1, (n, *size, c)), tf.float32)
        for n, c in zip(rows, channels, strict=True)
    )


def encode(method, x, domain):
    return method.encoder(x, domain=domain)


def draw(method, z, domain):
    return method.generator(z, domain=domain)


def l1(x, y):
    return np.abs(np.asarray(x) - np.asarray(y)).mean()


close = functools.partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-5)

SUBSETS = [
    ("gan", "kl", "reconstruction", "cycle_kl", "cycle"),
    FAMILIES,
    ("gan",),
    ("reconstruction",),
    ("cycle",),
    ("gan", "identity"),
    ("gan", "cycle_kl"),
    ("gan", "kl", "reconstruction"),
    ("kl", "reconstruction", "cycle_kl", "cycle"),
    ("gan", "reconstruction", "cycle", "identity"),
]


@pytest.mark.parametrize("active", SUBSETS, ids=" ".join)
def test_terms_are_the_active_weights(active):
    """A weight of zero has no term, and what only it needs is not computed."""
    method = make({name: 2.0 for name in active})
    outputs = method.forward(batch(), SEED)
    assert (outputs.same is not None) == ("reconstruction" in active)
    assert (outputs.kept is not None) == ("identity" in active)
    assert (outputs.cycled is not None) == ("cycle" in active)
    assert (outputs.mu_translated is not None) == bool({"cycle", "cycle_kl"} & set(active))
    terms = method.generator_terms(outputs)
    assert set(terms) == {f"{name}/{d}" for name in active for d in "ab"}
    total = weighted_sum(terms, method.generator_weights)
    close(total, 2 * sum(term.numpy() for term in terms.values()))
    judged = method.discriminator_terms(outputs)
    assert set(judged) == ({"discriminator/a", "discriminator/b"} if "gan" in active else set())
    weighted_sum(judged, method.discriminator_weights)


def convolutions(graph):
    """Convolutions in a graph, forward or transposed."""
    kinds = ("Conv2D", "Conv2DBackpropInput")
    return sum(op.type in kinds for op in graph.get_operations())


@pytest.mark.parametrize(
    ("active", "encodings", "drawings", "judgements"),
    [
        (("gan", "kl", "reconstruction", "cycle_kl", "cycle"), 2, 2, 1),
        (("gan", "kl", "reconstruction"), 1, 1, 1),
        (("gan", "kl", "reconstruction", "cycle_kl"), 2, 1, 1),
        (("kl", "reconstruction", "cycle"), 2, 2, 0),
        (("reconstruction",), 1, 1, 0),
        (FAMILIES, 2, 2, 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_a_weight_of_zero_takes_its_graph_away(active, encodings, drawings, judgements):
    """One convolution a kernel for each pass; the passes are those that the weights need."""
    method = make({name: 1.0 for name in active}, noise=1.0)

    @tf.function(autograph=False)
    def terms(x_a, x_b):
        return method.generator_terms(method.forward((x_a, x_b), SEED))

    spec = tf.TensorSpec((None, 16, 16, 3), tf.float32)
    count = {
        name: sum(v.name == "kernel" for v in getattr(method, name).trainable_variables)
        for name in ("encoder", "generator", "discriminator")
    }
    wanted = encodings * count["encoder"] + drawings * count["generator"]
    wanted += judgements * count["discriminator"]
    assert convolutions(terms.get_concrete_function(spec, spec).graph) == wanted


@pytest.mark.parametrize("channels", [(3, 3), (1, 3), (3, 1), (1, 1)])
def test_shapes_of_every_named_tensor(channels):
    """As the glossary has them; batches may differ between domains."""
    kinds = dict(data__channels_a=channels[0], data__channels_b=channels[1])
    weights = {name: 1.0 for name in FAMILIES if channels[0] == channels[1] or name != "identity"}
    method = make(weights, noise=1.0, **kinds)
    outputs = method.forward(batch((2, 1), channels, (16, 24)), SEED)
    pictures = {"a": (2, 16, 24, channels[0]), "b": (1, 16, 24, channels[1])}
    code = {"a": (2, 4, 6, 16), "b": (1, 4, 6, 16)}
    translated = {"a": (2, 16, 24, channels[1]), "b": (1, 16, 24, channels[0])}
    for d in "ab":
        for field in ("x", "same", "cycled"):
            assert getattr(outputs, field)[d].shape == pictures[d], field
        for field in ("mu", "mu_translated"):
            assert getattr(outputs, field)[d].shape == code[d], field
        assert outputs.translated[d].shape == translated[d]
        assert outputs.kept is None or outputs.kept[d].shape == pictures[d]
    assert (outputs.kept is None) == (channels[0] != channels[1])
    assert set(method.generator_terms(outputs)) == {f"{n}/{d}" for n in weights for d in "ab"}
    assert len(method.discriminator_terms(outputs)) == 2


@pytest.mark.parametrize("rows", [(1, 1), (2, 1)])
@pytest.mark.parametrize("architecture", ["resnet2017", "table3"])
def test_every_tensor_is_the_papers(architecture, rows):
    """Eq. 1-8 and the identity term, one network call at a time, without noise."""
    method = make({name: 1.0 for name in FAMILIES}, model__architecture=architecture)
    x_a, x_b = batch(rows)
    outputs = method.forward((x_a, x_b), SEED)
    mu_a, mu_b = encode(method, x_a, "a"), encode(method, x_b, "b")
    x_ab, x_ba = draw(method, mu_a, "b"), draw(method, mu_b, "a")
    mu_ab, mu_ba = encode(method, x_ab, "b"), encode(method, x_ba, "a")
    x_aba, x_bab = draw(method, mu_ab, "a"), draw(method, mu_ba, "b")
    x_aa, x_bb = draw(method, mu_a, "a"), draw(method, mu_b, "b")
    a_kept = draw(method, encode(method, x_a, "b"), "a")
    b_kept = draw(method, encode(method, x_b, "a"), "b")
    wanted = unit_lib.Outputs(
        x={"a": x_a, "b": x_b}, mu={"a": mu_a, "b": mu_b}, same={"a": x_aa, "b": x_bb},
        translated={"a": x_ab, "b": x_ba}, mu_translated={"a": mu_ab, "b": mu_ba},
        cycled={"a": x_aba, "b": x_bab}, kept={"a": a_kept, "b": b_kept},
    )  # fmt: skip
    for field in unit_lib.Outputs._fields:
        for d in "ab":
            close(getattr(outputs, field)[d], getattr(wanted, field)[d], err_msg=f"{field} {d}")
    # The pictures are different ones, or nothing above says anything.
    assert l1(x_ab, x_aa) > 0.02 and l1(x_aba, x_aa) > 0.01 and l1(a_kept, x_aa) > 0.01
    terms = method.generator_terms(outputs)
    close(terms["reconstruction/a"], l1(x_a, x_aa))
    close(terms["cycle/b"], l1(x_b, x_bab))
    close(terms["identity/b"], l1(x_b, b_kept))
    close(terms["kl/b"], np.mean(np.square(mu_b)) / 2)
    close(terms["cycle_kl/a"], np.mean(np.square(mu_a)) / 2 + np.mean(np.square(mu_ab)) / 2)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cycle_kl_counts_both_codes(reduction):
    """Eq. 7: the first code's divergence once more, beside the translation's."""
    method = make({"gan": 1.0, "kl": 1.0, "cycle_kl": 1.0})
    method.config = method.config.replace({"weights.kl_reduction": reduction})
    outputs = method.forward(batch(), SEED)
    code = outputs.mu["a"]
    outputs = outputs._replace(
        mu={"a": tf.fill(code.shape, 2.0), "b": tf.zeros(code.shape)},
        mu_translated={"a": tf.fill(code.shape, 3.0), "b": tf.fill(code.shape, 4.0)},
    )
    count = 1 if reduction == "mean" else np.prod(code.shape)
    terms = method.generator_terms(outputs)
    assert [terms[f"kl/{d}"].numpy() / count for d in "ab"] == [2, 0]
    assert [terms[f"cycle_kl/{d}"].numpy() / count for d in "ab"] == [2 + 4.5, 8]


def test_each_judge_sees_its_own_pictures_as_real():
    """D_b is trained on x_b against x_ab and fools E_a, G_b; D_a the other way round."""
    method = make({"gan": 1.0})
    x_a, x_b = batch()
    outputs = method.forward((x_a, x_b), SEED)
    x_ab = draw(method, encode(method, x_a, "a"), "b")
    (real,), (fake,) = (method.discriminator(x, domain="b") for x in (x_b, x_ab))
    wanted = np.mean(np.log1p(np.exp(-real))) + np.mean(np.log1p(np.exp(fake)))
    close(method.discriminator_terms(outputs)["discriminator/b"], wanted)
    # Under "b" stands what D_b says: how x_ab fares before it.
    close(method.generator_terms(outputs)["gan/b"], np.mean(np.log1p(np.exp(-fake))))


def moved(method, terms):
    """Names of the networks that a loss has gradients for."""
    with tf.GradientTape() as tape:
        loss = tf.add_n(list(terms().values()))
    variables = method.trainable_variables
    gradients = tape.gradient(loss, variables)
    pairs = zip(variables, gradients, strict=True)
    return {v.path.partition("/")[0] for v, g in pairs if g is not None and np.any(g != 0)}


def test_the_cycle_reaches_every_generator_network():
    method = make({"cycle": 1.0})
    networks_ = {f"{n}_{d}" for n in ("encoder", "generator") for d in ("a", "b", "shared")}
    assert moved(method, lambda: method.generator_terms(method.forward(batch(), SEED))) == networks_


def test_reconstruction_of_a_stays_with_a():
    method = make({"reconstruction": 1.0})

    def only_a():
        terms = method.generator_terms(method.forward(batch(), SEED))
        return {"reconstruction/a": terms["reconstruction/a"]}

    assert moved(method, only_a) == {
        "encoder_a", "encoder_shared", "generator_shared", "generator_a",
    }  # fmt: skip


def flat(outputs):
    return tf.nest.flatten(outputs._asdict())


def same(one, two):
    return all(np.array_equal(p, q) for p, q in zip(flat(one), flat(two), strict=True))


def test_noise_is_a_function_of_the_seed():
    method = make(noise=1.0)
    one = method.forward(batch(), SEED)
    assert same(one, method.forward(batch(), SEED))
    other = method.forward(batch(), SEED + 1)
    for field in ("same", "translated", "mu_translated", "cycled"):
        for d in "ab":
            assert np.any(getattr(one, field)[d] != getattr(other, field)[d]), field
    # The first codes' means come before any noise.
    assert np.array_equal(one.mu["a"], other.mu["a"])


def test_noise_only_in_training():
    """Without training, or with noise 0, the code is its mean whatever the seed."""
    noisy = make(noise=1.0)
    quiet = noisy.forward(batch(), SEED, training=False)
    assert same(quiet, noisy.forward(batch(), SEED + 1, training=False))
    assert not same(quiet, noisy.forward(batch(), SEED, training=True))
    silent = make(noise=0.0)
    assert same(quiet, silent.forward(batch(), SEED, training=True))


def test_every_code_has_its_own_noise(monkeypatch):
    """Four draws of a step, one for each domain and each of the two codes: four seeds."""
    seeds = []

    def record(shape, seed):
        seeds.append(tuple(seed.numpy()))
        return tf.random.stateless_normal(shape, seed)

    monkeypatch.setattr(unit_lib, "replica_normal", record)
    make(noise=1.0).forward(batch(), SEED)
    assert len(seeds) == len(set(seeds)) == 4


def test_noise_has_the_deviation_that_was_asked_for(monkeypatch):
    """With eta = 1 everywhere, z = mu + noise: drawn from the code shifted by it."""
    monkeypatch.setattr(unit_lib, "replica_normal", lambda shape, seed: tf.ones(shape))
    method = make(noise=0.3)
    x_a, x_b = batch()
    outputs = method.forward((x_a, x_b), SEED)
    shifted = draw(method, encode(method, x_a, "a") + 0.3, "b")
    close(outputs.translated["a"], shifted)
    close(outputs.cycled["a"], draw(method, encode(method, shifted, "b") + 0.3, "a"))


@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_translate_has_no_noise(direction):
    method = make(noise=5.0)
    x = batch()[0]
    source, target = direction.split("2")
    wanted = draw(method, encode(method, x, source), target)
    close(method.translate(x, direction), wanted)
    close(method(x, direction=direction), wanted)
    assert np.array_equal(method.translate(x, direction), method.translate(x, direction))


def test_preview_shows_every_path_without_noise():
    """Titles say through which domains a picture went."""
    method = make(noise=5.0, data__channels_b=1)
    x_a, x_b = batch(channels=(3, 1))
    columns = method.preview((x_a, x_b))
    assert list(columns) == ["a", "a->a", "a->b", "a->b->a", "b", "b->b", "b->a", "b->a->b"]
    x_ab = method.translate(x_a, "a2b")
    close(columns["a->b"], x_ab)
    close(columns["a->b->a"], method.translate(x_ab, "b2a"))
    close(columns["b->b"], draw(method, encode(method, x_b, "b"), "b"))


def test_reduction_to_cyclegan():
    """Nothing shared, no KL, a deterministic code: two encoder-generator pairs and their cycle."""
    preset = resolve("maps_cyclegan", {}).replace({**TINY, "model.num_shared": 0})
    assert (preset.model.num_shared, preset.model.noise) == (0, 0)
    weights = {name: getattr(preset.weights, name) for name in FAMILIES}
    method = make(weights, noise=preset.model.noise, model__num_shared=0)
    assert method.encoder.shared is None and method.generator.shared is None
    x_a, x_b = batch()
    outputs = method.forward((x_a, x_b), SEED)
    f, g = (functools.partial(method.translate, direction=d) for d in ("a2b", "b2a"))
    close(outputs.translated["a"], f(x_a))
    close(outputs.cycled["a"], g(f(x_a)))
    close(outputs.cycled["b"], f(g(x_b)))
    terms = method.generator_terms(outputs)
    families = {key.partition("/")[0] for key in terms}
    assert families == {"gan", "reconstruction", "cycle"}
    close(terms["cycle/a"], l1(x_a, g(f(x_a))))
    ids = [{id(v) for v in layer.trainable_variables} for layer in (
        method.encoder.private_a, method.encoder.private_b,
        method.generator.private_a, method.generator.private_b,
    )]  # fmt: skip
    assert sum(map(len, ids)) == len(set().union(*ids)) == len(method.generator_variables)


@pytest.mark.parametrize(("step", "felt"), [(0, 0), (9, 0), (10, 1), (11, 1)])
def test_the_adversarial_term_is_felt_from_its_start_on(step, felt):
    """E and G ignore it before; D learns throughout; all other weights stay."""
    method = make()
    method.config = method.config.replace({"weights.gan_start": 10})
    weights = method.generator_weights_at(tf.constant(step, tf.int64))
    assert float(weights.pop("gan")) == 10 * felt
    assert weights == {name: w for name, w in method.generator_weights.items() if name != "gan"}
    assert method.discriminator_weights == {"discriminator": 10}


def test_without_a_start_the_weights_are_plain_numbers():
    method = make()
    assert method.generator_weights_at(tf.constant(0, tf.int64)) == method.generator_weights == {
        "gan": 10, "kl": 0.1, "reconstruction": 100, "cycle_kl": 0.1, "cycle": 100, "identity": 0,
    }  # fmt: skip


def test_same_start_translates_as_it_reconstructs():
    """Domain b's private layers begin as copies of a's, and are still layers of their own."""
    settings = {**TINY, "model.same_start": True}
    method = build_method(ExperimentConfig().replace(settings))
    x = batch()[0]
    close(method.translate(x, "a2b"), method.translate(x, "b2a"))
    assert len({id(v) for v in method.generator_variables}) == len(method.generator_variables)
    apart = build_method(ExperimentConfig().replace(TINY))
    assert np.any(apart.translate(x, "a2b") != apart.translate(x, "b2a"))


def test_discriminator_width_is_its_own():
    settings = {**TINY, "model.discriminator_width": 1 / 8}
    method = build_method(ExperimentConfig().replace(settings))
    filters = [part.filters for part in method.discriminator.scales[0].private_a.parts]
    assert filters == [8, 16, 1]
    assert method.encoder.private_a.parts[0].filters == 4
