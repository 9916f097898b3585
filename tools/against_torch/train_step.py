"""One train step of UNIT or MUNIT in PyTorch, timed or held to ours; see compare_steps.py.

  ENV/bin/python tools/against_torch/train_step.py FOLDER check
  ENV/bin/python tools/against_torch/train_step.py FOLDER plain --steps=2 --threads=1

FOLDER holds what compare_steps.py wrote. Prints one JSON object. Two ways of writing the step:

- ``plain``, as it is written from the equations, network by network and image by image: the
  discriminators' update makes its translations in a pass of its own without a gradient; the
  generators' update makes everything again, and its backward pass fills the discriminators'
  gradients too, which nobody reads.
- ``lean``: one forward pass for both, as ours has, and no gradient for the discriminators' weights
  in the generators' update.

Both are eager and float32 in PyTorch's default layout, with PyTorch's own Adam, whose
``weight_decay`` is the coupled L2.
"""

import argparse
import json
import pathlib
import resource
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

import networks
from networks import DOMAINS, SCALES

WARM_UP = 2  # as tools/bench_train_step.py


def other(domain):
    """The other one of the two domains."""
    return {"a": "b", "b": "a"}[domain]


class Passes:
    """The passes of a method's networks that its losses are made of.

    Args:
      nets: of ``networks.build_networks``.
      facts: {"styled", "noise", "weights"}.
      styles: {domain of the content: style}, or None for fresh ones each time.
    """

    def __init__(self, nets, facts, styles=None):
        self.nets, self.weights, self.noise = nets, facts["weights"], facts["noise"]
        self.styled, self.style_size, self.styles = facts["styled"], facts["style_size"], styles

    def encode(self, x, d):
        return self.nets[f"encoder_{d}"](x)

    def encode_style(self, x, d):
        return self.nets[f"style_encoder_{d}"](x)

    def decode(self, code, d, style=None):
        own = () if style is None else (self.nets[f"mlp_{d}"](style),)
        return self.nets[f"generator_{d}"](code, *own)

    def logits(self, x, d):
        """One tensor a resolution, each of half the sides of the one before."""
        found = []
        for i in range(SCALES):
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False) if i else x
            found.append(self.nets[f"discriminator{i}_{d}"](x))
        return found

    def noisy(self, mu):
        return mu + self.noise * torch.randn_like(mu) if self.noise else mu

    def sampled(self, x):
        """Styles from N(0, I) for the translations, by the domain of the content."""
        return self.styles or {d: torch.randn(x[d].shape[0], self.style_size) for d in DOMAINS}

    def translations(self, x):
        """x_ab under "a", x_ba under "b", and no more than they need."""
        if not self.styled:
            codes = {d: self.noisy(self.encode(x[d], d)) for d in DOMAINS}
            return {d: self.decode(codes[d], other(d)) for d in DOMAINS}
        sampled = self.sampled(x)
        return {d: self.decode(self.encode(x[d], d), other(d), sampled[d]) for d in DOMAINS}

    def unit(self, x):
        """(translations, terms without the adversarial ones) of UNIT, Eq. 3, 4, 7 and 8."""
        mu = {d: self.encode(x[d], d) for d in DOMAINS}
        z = {d: self.noisy(mu[d]) for d in DOMAINS}
        translated = {d: self.decode(z[d], other(d)) for d in DOMAINS}
        terms = {}
        for d in DOMAINS:
            again = self.encode(translated[d], other(d))
            terms[f"kl/{d}"] = divergence(mu[d])
            terms[f"reconstruction/{d}"] = F.l1_loss(self.decode(z[d], d), x[d])
            terms[f"cycle_kl/{d}"] = divergence(mu[d]) + divergence(again)
            terms[f"cycle/{d}"] = F.l1_loss(self.decode(self.noisy(again), d), x[d])
        return translated, terms

    def munit(self, x):
        """(translations, terms without the adversarial ones) of MUNIT, section 5.1."""
        code = {d: self.encode(x[d], d) for d in DOMAINS}
        own = {d: self.encode_style(x[d], d) for d in DOMAINS}
        sampled = self.sampled(x)
        translated = {d: self.decode(code[d], other(d), sampled[d]) for d in DOMAINS}
        terms = {}
        for d in DOMAINS:
            o = other(d)
            again = self.encode(translated[d], o)
            terms[f"reconstruction/{d}"] = F.l1_loss(self.decode(code[d], d, own[d]), x[d])
            terms[f"content/{d}"] = F.l1_loss(again, code[d])
            terms[f"style/{o}"] = F.l1_loss(self.encode_style(translated[d], o), sampled[d])
            if self.weights["cycle"]:
                terms[f"cycle/{d}"] = F.l1_loss(self.decode(again, d, own[d]), x[d])
        return translated, terms

    def all_terms(self, x):
        return self.munit(x) if self.styled else self.unit(x)


def divergence(mu):
    """KL(N(mu, I) || N(0, I)), the mean over the code's elements."""
    return 0.5 * mu.square().mean()


def squared(logits, label):
    """LSGAN without the half: the sum over resolutions of means over patches."""
    return sum((scale - label).square().mean() for scale in logits)


class Step:
    """Both updates of one step; a call returns its terms, by our names.

    Args:
      passes: Passes.
      optim: {"learning_rate", "beta_1", "beta_2", "epsilon", "l2"}.
      lean: whether one forward pass serves both updates.
    """

    def __init__(self, passes, optim, lean):
        self.passes, self.lean, self.optimizers = passes, lean, {}
        for player in ("generator", "discriminator"):
            self.optimizers[player] = torch.optim.Adam(
                networks.parameters_of(passes.nets, player),
                lr=optim["learning_rate"],
                betas=(optim["beta_1"], optim["beta_2"]),
                eps=optim["epsilon"],
                weight_decay=optim["l2"],
            )

    def __call__(self, x):
        if self.lean:
            translated, terms = self.passes.all_terms(x)
            fakes = {d: image.detach() for d, image in translated.items()}
            logs = self._discriminator_update(x, fakes)
            return {**logs, **self._generator_update(translated, terms)}
        with torch.no_grad():
            fakes = self.passes.translations(x)
        logs = self._discriminator_update(x, fakes)
        return {**logs, **self._generator_update(*self.passes.all_terms(x))}

    def _discriminator_update(self, x, fakes):
        terms, logits = {}, self.passes.logits
        for d in DOMAINS:
            real, fake = logits(x[d], d), logits(fakes[other(d)], d)
            terms[f"discriminator/{d}"] = squared(real, 1) + squared(fake, 0)
        weight = self.passes.weights["gan"]
        return self._apply("discriminator", terms, {"discriminator": weight})

    def _generator_update(self, translated, terms):
        discriminators = networks.parameters_of(self.passes.nets, "discriminator")
        for parameter in discriminators if self.lean else ():
            parameter.requires_grad_(False)
        for d in DOMAINS:
            terms[f"gan/{d}"] = squared(self.passes.logits(translated[other(d)], d), 1)
        logs = self._apply("generator", terms, self.passes.weights)
        for parameter in discriminators if self.lean else ():
            parameter.requires_grad_(True)
        return logs

    def _apply(self, player, terms, weights):
        optimizer = self.optimizers[player]
        optimizer.zero_grad()
        total = sum(weights[name.partition("/")[0]] * term for name, term in terms.items())
        total.backward()
        optimizer.step()
        terms = {**terms, f"total/{player}": total}
        return {name: term.item() for name, term in terms.items()}


def as_images(array):
    """[N, H, W, C] array -> contiguous [N, C, H, W] tensor."""
    return torch.from_numpy(array).permute(0, 3, 1, 2).contiguous()


def check(nets, facts, arrays):
    """How far translations and the terms of the first steps are from ours.

    Args:
      nets: with our weights.
      facts: as ``Passes``', with "optim" and "terms", our terms step by step.
      arrays: what our side wrote: "x/a", "x/b", "translated", "styles/STEP/DOMAIN".

    Returns:
      {"translation": largest difference, of values in [-1, 1], "terms": largest relative difference
      of each step, "generator", "discriminator": their parameters}.
    """
    facts = {**facts, "noise": 0.0}  # ours had none, either
    x = {d: as_images(arrays[f"x/{d}"]) for d in DOMAINS}
    first = Passes(nets, facts)
    middle = torch.zeros(1, facts["style_size"]) if facts["styled"] else None
    with torch.no_grad():
        image = first.decode(first.encode(x["a"], "a"), "b", middle)
    far = (image - as_images(arrays["translated"])).abs().max().item()
    counts = {p: networks.count(nets, p) for p in ("generator", "discriminator")}
    apart, step = [], Step(first, facts["optim"], lean=False)
    for i, wanted in enumerate(facts["terms"]):
        if facts["styled"]:
            first.styles = {d: torch.from_numpy(arrays[f"styles/{i}/{d}"]) for d in DOMAINS}
        found = step(x)
        if set(found) != set(wanted):
            raise ValueError(f"terms {sorted(found)} in place of {sorted(wanted)}")
        apart.append(max(abs(found[n] - v) / max(abs(v), 1e-6) for n, v in wanted.items()))
    return {"translation": far, "terms": apart, **counts}


def measure(nets, facts, lean, steps):
    """Wall and CPU seconds of each timed step, and the peak memory of the process in bytes.

    Args:
      nets: with our weights.
      facts: as ``check``'s, with "batch", [N, H, W, C].
      lean: as Step's.
      steps: how many are timed.
    """
    count, height, width, channels = facts["batch"]
    x = {d: 2 * torch.rand(count, channels, height, width) - 1 for d in DOMAINS}
    step = Step(Passes(nets, facts), facts["optim"], lean)
    wall, cpu = [], []
    for i in range(WARM_UP + steps):
        begin = time.perf_counter(), time.process_time()
        step(x)
        if i >= WARM_UP:
            wall.append(time.perf_counter() - begin[0])
            cpu.append(time.process_time() - begin[1])
    unit = 1 if sys.platform == "darwin" else 1024
    peak = unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"wall": wall, "cpu": cpu, "peak": peak}


def main(argv=None):
    """Prints what was measured or compared."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("what", choices=("check", "plain", "lean"))
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(argv)
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    facts = json.loads((given.folder / "facts.json").read_text(encoding="utf-8"))
    nets = networks.build_networks(facts)
    with np.load(given.folder / "weights.npz", allow_pickle=False) as weights:
        networks.read_weights(nets, dict(weights))
    if given.what == "check":
        with np.load(given.folder / "check.npz", allow_pickle=False) as arrays:
            found = check(nets, facts, dict(arrays))
    else:
        found = measure(nets, facts, given.what == "lean", given.steps)
    print(json.dumps({**found, "version": torch.__version__}))


if __name__ == "__main__":
    main()
