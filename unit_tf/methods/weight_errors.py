"""How a file of weights can be wrong. No numpy, so that commands refuse before they import it."""

from unit_tf.config import UserError


class WeightsError(UserError):
    """A file holds no weights, or those of other networks."""


class MisfitError(WeightsError):
    """A file is whole, and holds the weights of other networks.

    Args:
      path: the file, or the checkpoint's folder.
      misfit: the first thing that does not fit, in words.
      settings: what describes other networks.
    """

    def __init__(self, path, misfit, settings="its config.json"):
        super().__init__(f"{path}: does not fit {settings}; first misfit: {misfit}")
        self.path, self.misfit = path, misfit
