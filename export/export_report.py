"""What an export says: a line for each artefact, notes, and at the end its report."""

import contextlib
import dataclasses
import json
import math
import pathlib

# What each quantization of a translator should reach, in dB; below it shows in an image.
EXPECTED_DB = {"float16": 50, "dynamic": 35, "int8": 32, "int8_float_norm": 32}
# Share of images that any classifier should give the model's label.
EXPECTED_AGREEMENT = 0.99


@dataclasses.dataclass(frozen=True)
class ExportReport:
    """What one export wrote.

    Attributes:
      output: the output folder.
      artefacts: {path below it: its entry in the manifest}, in the order they were written.
      notes: lines that the user should know, such as a quantization that lost too much.
    """

    output: pathlib.Path
    artefacts: dict
    notes: tuple[str, ...] = ()

    @property
    def paths(self):
        """Each artefact's file or folder."""
        return [self.output / path for path in self.artefacts]

    def to_json(self):
        """The artefacts as JSON text, in the form of OUTPUT/manifest.json."""
        return json.dumps({"artefacts": self.artefacts}, indent=2, allow_nan=False) + "\n"


class Progress:
    """Hears of an export while it runs. This one is silent; the command's prints."""

    def wrote(self, line):
        """Hears the line of an artefact that is in its place now."""

    def note(self, line):
        """Hears what the user should know."""

    def converting(self):
        """A context in which TensorFlow's converters run."""
        return contextlib.nullcontext()


def describe(artefact, origin):
    """The line of one artefact.

    Args:
      artefact: parity.Artefact; a page's has no parity.
      origin: what it was compared on.
    """
    line = f"{artefact.path}  {artefact.num_bytes / 1e6:.2f} MB"
    parity = artefact.parity
    if parity is None:
        return line
    same = f"{parity.psnr:.1f} dB" if math.isfinite(parity.psnr) else "equal"
    if parity.label_agreement is not None:
        same = f"{parity.label_agreement:.4f} of labels agree"
    times = "".join(f"  {ms:.3g} ms on {n}" for n, ms in artefact.latency.items())
    return f"{line}  {same}  max difference {parity.max_difference:.1e} on {origin}{times}" + (
        " threads" if times else ""
    )


def remarks(path, artefact, kind):
    """The notes of an artefact: how it falls short, and why no GPU should run it.

    Args:
      path: where it is, for the notes.
      artefact: parity.Artefact.
      kind: dict of what the manifest says of it.
    """
    measured = filter(None, (artefact.parity, artefact.compiled))
    short = [shortfall(path, parity, kind.get("quantization")) for parity in measured]
    lines = list(dict.fromkeys(filter(None, short)))[:1]  # both runtimes fall short alike
    gpu = kind.get("gpu", {})
    if gpu.get("layer") and not gpu["suited"]:
        lines.append(f"{path}: for CPUs alone, no GPU should run it: {gpu['reason']}")
    return lines


def shortfall(path, parity, quantization):
    """The note of an artefact that is further from the model than it should be; else None.

    Args:
      path: where it is, for the note.
      parity: its parity.Parity.
      quantization: a name in quantize.QUANTIZATIONS; None for a SavedModel.
    """
    agreement, expected = parity.label_agreement, EXPECTED_DB.get(quantization, 0)
    if agreement is not None:
        if agreement >= EXPECTED_AGREEMENT:
            return None
        return (
            f"{path}: gives {agreement:.4f} of the images the model's label, "
            f"below the {EXPECTED_AGREEMENT} that it should reach"
        )
    if parity.psnr >= expected:
        return None
    return f"{path}: below the {expected} dB that it should reach; docs/deploy.md has others"
