"""Terms times lambdas, with no way to forget one."""


def family(key):
    """``"cycle/a"`` -> ``"cycle"``: the weight that a term answers to."""
    return key.partition("/")[0]


def weighted_sum(terms, weights):
    """The sum of every term times its family's weight.

    Args:
      terms: {"family/domain": scalar}.
      weights: {"family": number or scalar tensor}; a weight that is the number 0 is inactive.

    Returns:
      scalar.

    Raises:
      ValueError: an active weight has no term, or a term has no active weight.
    """
    # A tensor is a weight that changes in training; its term belongs to the graph throughout.
    active = {n for n, w in weights.items() if not isinstance(w, (int, float)) or w}
    present = {family(key) for key in terms}
    if active - present:
        raise ValueError(f"weights without a term: {sorted(active - present)}")
    if present - active:
        raise ValueError(f"terms without an active weight: {sorted(present - active)}")
    return sum(weights[family(key)] * term for key, term in terms.items())
