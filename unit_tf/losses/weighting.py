"""Terms times lambdas, with no way to forget one."""


def family(key):
    """``"cycle/a"`` -> ``"cycle"``: the weight that a term answers to."""
    return key.partition("/")[0]


def weighted_sum(terms, weights):
    """The sum of every term times its family's weight.

    Args:
      terms: {"family/domain": scalar}.
      weights: {"family": number}; a zero weight is inactive.

    Returns:
      scalar.

    Raises:
      ValueError: an active weight has no term, or a term has no active weight.
    """
    active = {name for name, weight in weights.items() if weight}
    present = {family(key) for key in terms}
    if active - present:
        raise ValueError(f"weights without a term: {sorted(active - present)}")
    if present - active:
        raise ValueError(f"terms without an active weight: {sorted(present - active)}")
    return sum(weights[family(key)] * term for key, term in terms.items())
