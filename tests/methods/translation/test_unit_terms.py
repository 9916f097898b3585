"""UNIT's terms and which of them there are, held to Eq. 2-8 computed independently."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.losses.weighting import weighted_sum
from unit_tf.methods.translation import unit as unit_lib

FAMILIES = ("gan", "kl", "reconstruction", "cycle_kl", "cycle", "identity")


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
def test_terms_are_the_active_weights(active, make, batch, close, seed):
    """A weight of zero has no term, and what only it needs is not computed."""
    method = make({name: 2.0 for name in active})
    outputs = method.forward(batch(), seed)
    assert (outputs.same is not None) == ("reconstruction" in active)
    assert (outputs.kept is not None) == ("identity" in active)
    assert (outputs.cycled is not None) == ("cycle" in active)
    assert (outputs.mu_translated is not None) == bool({"cycle", "cycle_kl"} & set(active))
    terms = method.generator_terms(outputs)
    assert set(terms) == {f"{name}/{d}" for name in active for d in "ab"}
    total = weighted_sum(terms, method.generator_weights)
    close(total, 2 * sum(term.numpy() for term in terms.values()))
    discriminator_terms = method.discriminator_terms(outputs)
    assert set(discriminator_terms) == (
        {"discriminator/a", "discriminator/b"} if "gan" in active else set()
    )
    weighted_sum(discriminator_terms, method.discriminator_weights)


def convolutions(graph):
    """Convolutions in a graph, forward or transposed."""
    kinds = ("Conv2D", "Conv2DBackpropInput")
    return sum(op.type in kinds for op in graph.get_operations())


@pytest.mark.parametrize(
    ("active", "encodings", "decodings", "discriminations"),
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
def test_a_weight_of_zero_takes_its_graph_away(
    active, encodings, decodings, discriminations, make, seed
):
    """One convolution a kernel for each pass; the passes are those that the weights need."""
    method = make({name: 1.0 for name in active}, noise=1.0)

    @tf.function(autograph=False)
    def terms(x_a, x_b):
        return method.generator_terms(method.forward((x_a, x_b), seed))

    spec = tf.TensorSpec((None, 16, 16, 3), tf.float32)
    count = {
        name: sum(v.name == "kernel" for v in getattr(method, name).trainable_variables)
        for name in ("encoder", "generator", "discriminator")
    }
    wanted = encodings * count["encoder"] + decodings * count["generator"]
    wanted += discriminations * count["discriminator"]
    assert convolutions(terms.get_concrete_function(spec, spec).graph) == wanted


@pytest.mark.parametrize("rows", [(1, 1), (2, 1)])
@pytest.mark.parametrize("architecture", ["resnet2017", "table3"])
def test_every_tensor_is_the_papers(
    architecture, rows, make, batch, encode, draw, l1, close, seed, families
):
    """Eq. 1-8 and the identity term, one network call at a time, without noise."""
    method = make({name: 1.0 for name in families}, model__architecture=architecture)
    x_a, x_b = batch(rows)
    outputs = method.forward((x_a, x_b), seed)
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
    assert outputs.pool_samples is None  # without a pool
    for field in set(unit_lib.Outputs._fields) - {"pool_samples"}:
        for d in "ab":
            close(getattr(outputs, field)[d], getattr(wanted, field)[d], err_msg=f"{field} {d}")
    # The images are different ones, or nothing above says anything.
    assert l1(x_ab, x_aa) > 0.02 and l1(x_aba, x_aa) > 0.01 and l1(a_kept, x_aa) > 0.01
    terms = method.generator_terms(outputs)
    close(terms["reconstruction/a"], l1(x_a, x_aa))
    close(terms["cycle/b"], l1(x_b, x_bab))
    close(terms["identity/b"], l1(x_b, b_kept))
    close(terms["kl/b"], np.mean(np.square(mu_b)) / 2)
    close(terms["cycle_kl/a"], np.mean(np.square(mu_a)) / 2 + np.mean(np.square(mu_ab)) / 2)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cycle_kl_counts_both_codes(reduction, make, batch, seed):
    """Eq. 7: the first code's divergence once more, beside the translation's."""
    method = make({"gan": 1.0, "kl": 1.0, "cycle_kl": 1.0})
    method.config = method.config.replace({"weights.kl_reduction": reduction})
    outputs = method.forward(batch(), seed)
    code = outputs.mu["a"]
    outputs = outputs._replace(
        mu={"a": tf.fill(code.shape, 2.0), "b": tf.zeros(code.shape)},
        mu_translated={"a": tf.fill(code.shape, 3.0), "b": tf.fill(code.shape, 4.0)},
    )
    count = 1 if reduction == "mean" else np.prod(code.shape)
    terms = method.generator_terms(outputs)
    assert [terms[f"kl/{d}"].numpy() / count for d in "ab"] == [2, 0]
    assert [terms[f"cycle_kl/{d}"].numpy() / count for d in "ab"] == [2 + 4.5, 8]


def test_each_discriminator_sees_its_own_images_as_real(make, batch, encode, draw, close, seed):
    """D_b is trained on x_b against x_ab and fools E_a, G_b; D_a the other way round."""
    method = make({"gan": 1.0})
    x_a, x_b = batch()
    outputs = method.forward((x_a, x_b), seed)
    x_ab = draw(method, encode(method, x_a, "a"), "b")
    (real,), (fake,) = (method.discriminator(x, domain="b") for x in (x_b, x_ab))
    wanted = np.mean(np.log1p(np.exp(-real))) + np.mean(np.log1p(np.exp(fake)))
    terms, own = method.discriminator_terms(outputs), method.generator_terms(outputs)
    assert set(terms) == {"discriminator/a", "discriminator/b"} and set(own) == {"gan/a", "gan/b"}
    close(terms["discriminator/b"], wanted)
    # Under "b" stands D_b's opinion of x_ab.
    close(own["gan/b"], np.mean(np.log1p(np.exp(-fake))))
    # Were the roles or the domains swapped, the terms would be others.
    assert abs(wanted - np.mean(np.log1p(np.exp(real)) + np.log1p(np.exp(-fake)))) > 1e-3
    assert abs(terms["discriminator/a"] - wanted) > 1e-3


def moved(method, terms):
    """Names of the networks that a loss has gradients for."""
    with tf.GradientTape() as tape:
        loss = tf.add_n(list(terms().values()))
    variables = method.trainable_variables
    gradients = tape.gradient(loss, variables)
    pairs = zip(variables, gradients, strict=True)
    return {v.path.partition("/")[0] for v, g in pairs if g is not None and np.any(g != 0)}


def test_the_cycle_reaches_every_generator_network(make, batch, seed):
    method = make({"cycle": 1.0})
    networks_ = {f"{n}_{d}" for n in ("encoder", "generator") for d in ("a", "b", "shared")}
    assert moved(method, lambda: method.generator_terms(method.forward(batch(), seed))) == networks_


def test_reconstruction_of_a_stays_with_a(make, batch, seed):
    method = make({"reconstruction": 1.0})

    def only_a():
        terms = method.generator_terms(method.forward(batch(), seed))
        return {"reconstruction/a": terms["reconstruction/a"]}

    assert moved(method, only_a) == {
        "encoder_a", "encoder_shared", "generator_shared", "generator_a",
    }  # fmt: skip


@pytest.mark.parametrize(("step", "felt"), [(0, 0), (9, 0), (10, 1), (11, 1)])
def test_the_adversarial_term_is_felt_from_its_start_on(step, felt, make):
    """E and G ignore it before; D learns throughout; all other weights stay."""
    method = make()
    method.config = method.config.replace({"weights.gan_start": 10})
    weights = method.generator_weights_at(tf.constant(step, tf.int64))
    assert float(weights.pop("gan")) == 10 * felt
    assert weights == {name: w for name, w in method.generator_weights.items() if name != "gan"}
    assert method.discriminator_weights == {"discriminator": 10}


def test_without_a_start_the_weights_are_plain_numbers(make):
    method = make()
    assert method.generator_weights_at(tf.constant(0, tf.int64)) == method.generator_weights == {
        "gan": 10, "kl": 0.1, "reconstruction": 100, "cycle_kl": 0.1, "cycle": 100, "identity": 0,
    }  # fmt: skip
