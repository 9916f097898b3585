"""The rows of the paper's map experiment: Figure 2 (b), (c) and (d), and what goes beyond it."""

import typing


class Row(typing.NamedTuple):
    """A row of a table.

    Attributes:
      title: what it is.
      changes: {"section.field": value} on top of the experiment's preset.
      paper: pixel accuracy in Figure 2, or None.
      supervised: whether it learns from pairs.
      steps: how many, unless the flags say; None for the preset's.
    """

    title: str
    changes: dict = {}
    paper: float | None = None
    supervised: bool = False
    steps: int | None = None


class Source(typing.NamedTuple):
    """Where the images come from.

    Attributes:
      preset: the full model's.
      ceiling: preset of the same networks, trained on pairs.
      likelihoods: weights of the likelihood terms in Figure 2c; the divergence's are the paper's.
      folder: of --results.
      start: {"section.field": value}: how kernels and averages began; "started" has other kernels.
      grid: {"section.field": value} of all of Figure 2b and 2c, on top of the preset.
      early_steps: of Figure 2b and 2c and of which_norm, or None for the preset's.
      long_steps: of the group "longer", or None where the preset's are the paper's: no such group.
    """

    preset: str
    ceiling: str
    likelihoods: tuple
    folder: str
    start: dict = {}
    grid: dict = {}
    early_steps: int | None = None
    long_steps: int | None = None


NORM = {"model.front_norm": "instance", "model.block_norm": "instance"}

# The paper's grid is a KL weight of 0.01 to 1 times a likelihood weight of 10 to 1000 beside a GAN
# weight of 10. Blue Marble's presets weigh everything else at about a tenth of the paper's.
SOURCES = {
    # Without instance norm chance gives a Blue Marble training its colours on land, and one seed of
    # a grid would show that alone. By step 1,600, before the rate falls, they have their places.
    "blue_marble": Source(
        "blue_marble_maps",
        "blue_marble_supervised",
        (1, 10, 100),
        "results/maps",
        start={"model.initializer": "he_normal", "optim.ema_warmup": False},
        grid=NORM,
        early_steps=1600,
        long_steps=12_000,
    ),  # fmt: skip
    "cycle_gan/maps": Source("maps", "maps_supervised", (10, 100, 1000), "results/maps_paper"),
}
NO_CYCLE = {"weights.cycle": 0, "weights.cycle_kl": 0}
NO_SHARING = {"model.num_shared": 0, "model.noise": 0, "weights.kl": 0, "weights.cycle_kl": 0}
IDENTITY = {"weights.identity": 5}
APART = {"model.same_start": False}
# The rewrite's own networks and weights; its three scales need larger crops than 32.
MUNIT2018 = {
    "model.architecture": "munit2018", "model.num_shared": 0, "model.noise": 1,
    "model.initializer": "released", "model.block_norm": "default", "model.up": "default",
    "model.discriminator_scales": 1, "weights.gan": 1, "weights.kl": 0.02,
    "weights.cycle_kl": 0.02, "optim.l2": 1e-4,
}  # fmt: skip

FIGURE_2D = {
    "full": Row("full UNIT", paper=0.600),
    "no_cycle": Row("no cycle consistency", NO_CYCLE, 0.568),
    "no_sharing": Row("no weight sharing (CycleGAN)", NO_SHARING, 0.569),
    "identity": Row("full UNIT and the identity term (ours)", IDENTITY),
    "munit2018": Row("UNIT as rewritten in 2018", MUNIT2018),
}
# What networks of this size can reach.
CEILING = {"supervised": Row("the same networks trained on pairs", supervised=True)}
START = {"model.initializer": "default"}  # (d) and its ceiling again, from unit variance
STARTED = {
    f"started_{name}": row._replace(
        title=f"{row.title}, unit-variance start", changes={**row.changes, **START}, paper=None
    )
    for name, row in {**FIGURE_2D, **CEILING}.items()
}
# Whether colours go to the right things: nothing in the objective says so.
COLOURS = {
    "apart": Row("E and G drawn apart", APART),
    "apart_identity": Row("drawn apart, identity term", {**APART, **IDENTITY}),
    "apart_norm": Row(
        "drawn apart, instance norm in the first layers", {**APART, "model.front_norm": "instance"}
    ),
}
# (d) again, with instance norm in the encoders' first layers and in all residual blocks.
NORMED = {
    "normed_full": Row("full UNIT, instance norm", NORM),
    "normed_no_cycle": Row("no cycle consistency, instance norm", {**NORM, **NO_CYCLE}),
    "normed_no_sharing": Row("no weight sharing, instance norm", {**NORM, **NO_SHARING}),
    "normed_identity": Row("full UNIT and the identity term, instance norm", {**NORM, **IDENTITY}),
    "normed_supervised": Row("trained on pairs, instance norm", NORM, supervised=True),
}


def which_norm(source):
    """{name: Row}: which norm it takes, and whether anything else does."""
    rows = {
        "norm_first": Row("in the first layers alone", {"model.front_norm": "instance"}),
        "norm_blocks": Row("in the residual blocks alone", {"model.block_norm": "instance"}),
        "norm_apart": Row("in both, E and G drawn apart", {**NORM, **APART}),
        "bare2018": Row(
            "the 2018 networks without any in E and blocks",
            {**MUNIT2018, "model.front_norm": "none", "model.block_norm": "none"},
        ),
    }
    return {name: row._replace(steps=source.early_steps) for name, row in rows.items()}


def longer(source):
    """{name: Row}: three times the steps of (d), the rate falling over their second half, too."""
    half = source.long_steps // 2
    slope = {"optim.decay_start": half, "optim.decay_steps": half}
    return {
        name.replace("normed", "long"): Row(
            f"{row.title}, {source.long_steps:,} steps",
            {**row.changes, **slope},
            steps=source.long_steps,
        )
        for name, row in NORMED.items()
        if not row.supervised
    }


def figure_2b(source):
    """{name: Row} of shared blocks times a discriminator's depth."""
    return {
        f"shared{shared}_depth{depth}": Row(
            f"{shared} shared, D of {depth}",
            {
                **source.grid, "model.num_shared": shared, "model.discriminator_depth": depth,
            },
            steps=source.early_steps,
        )
        for shared in (1, 2, 3, 4)
        for depth in (3, 4, 5, 6)
    }  # fmt: skip


def figure_2c(source):
    """{name: Row} of KL weight times likelihood weight."""
    return {
        f"kl{kl:g}_likelihood{likelihood:g}": Row(
            f"KL {kl:g}, likelihood {likelihood:g}",
            {
                **source.grid, "weights.kl": kl, "weights.cycle_kl": kl,
                "weights.reconstruction": likelihood, "weights.cycle": likelihood,
            },
            steps=source.early_steps,
        )
        for kl in (0.01, 0.1, 1)
        for likelihood in source.likelihoods
    }  # fmt: skip


def groups_of(source):
    """{group: {name: Row}}, in the order in which reports have them."""
    groups = {
        "figure_2d": FIGURE_2D,
        "ceiling": CEILING,
        "started": STARTED if source.start else {},
        "colours": COLOURS,
        "normed": NORMED,
        "which_norm": which_norm(source),
        "longer": longer(source) if source.long_steps else {},
        "figure_2b": figure_2b(source),
        "figure_2c": figure_2c(source),
    }
    return {  # rows that do not say how kernels start get the source's
        group: {n: r._replace(changes={**source.start, **r.changes}) for n, r in rows.items()}
        for group, rows in groups.items()
        if rows
    }
