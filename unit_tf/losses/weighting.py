"""Terms times lambdas, with no way to forget one."""


def family(key):
    """``"cycle/a"`` -> ``"cycle"``: the name of a term's weight."""
    return key.partition("/")[0]


def weighted_sum(terms, weights):
    """sum of weight[family] * term over all terms: Eq. 2 for UNIT's.

    Args:
      terms: {"family/domain": scalar}.
      weights: {"family": number or scalar tensor}; a weight that is the number 0 is inactive.

    Returns:
      scalar.

    Raises:
      ValueError: an active weight has no term, or a term has no active weight.

    Example:
      >>> weighted_sum({"gan/a": 1.0, "gan/b": 2.0, "kl/a": 5.0}, {"gan": 10, "kl": 0.1, "id": 0})
      30.5
    """
    # A tensor is a weight that changes in training; its term belongs to the graph throughout.
    active = {n for n, w in weights.items() if not isinstance(w, (int, float)) or w}
    present = {family(key) for key in terms}
    if active - present:
        raise ValueError(f"weights without a term: {sorted(active - present)}")
    if present - active:
        raise ValueError(f"terms without an active weight: {sorted(present - active)}")
    return sum(weights[family(key)] * term for key, term in terms.items())
