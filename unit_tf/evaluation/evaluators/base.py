"""What an evaluator is: it measures one thing about the images of a pass (``passes.py``)."""


class Evaluator:
    """Measures one thing about the translations of a pass.

    Its life: ``applies`` is asked, ``create`` makes one for all passes, ``check`` and ``prepare``
    refuse what would fail later. Then, for each pass: ``begin``, ``observe`` for each image that
    ``begin`` named, ``figures``, ``text``, ``images``.

    Attributes:
      by_default: whether it runs without being named in the request.
    """

    by_default = True

    @classmethod
    def applies(cls, request, config, spec):
        """Whether there is something for it to measure.

        Args:
          request: EvaluationRequest.
          config: ExperimentConfig whose data are evaluated.
          spec: the method's MethodSpec.

        Returns:
          bool.

        Raises:
          UserError: the request asks for it, but the method has nothing of the kind.
        """
        raise NotImplementedError

    @classmethod
    def create(cls, request, config, output):
        """The evaluator that a request describes.

        Args:
          request: EvaluationRequest.
          config: ExperimentConfig whose data are evaluated.
          output: pathlib.Path, folder for the results; need not exist.
        """
        del request, config, output
        return cls()

    def check(self, data, directions):
        """Raises UserError where the data do not suffice; needs no TensorFlow.

        Args:
          data: Data.
          directions: those that will be evaluated.
        """

    def prepare(self):
        """Loads networks, once for all passes and before any image is translated.

        Raises:
          UserError: a file cannot be used.
        """

    def begin(self, work):
        """Starts a pass and forgets the one before.

        Args:
          work: Pass.

        Returns:
          the indices of ``work.tests`` to observe.
        """
        raise NotImplementedError

    def observe(self, sample):
        """Takes in one of the images that ``begin`` asked for.

        Args:
          sample: Sample.

        Raises:
          UserError: the image cannot be used.
        """
        raise NotImplementedError

    def figures(self):
        """What was measured, a dict fit for JSON; empty where there was nothing to measure."""
        return {}

    def text(self, figures):
        """The same for people, without a final newline; empty for nothing.

        Args:
          figures: what ``figures`` returned, and before it those of the evaluators before.
        """
        del figures
        return ""

    def images(self):
        """{file name without its extension: uint8 [H, W, 3]} to look at."""
        return {}
