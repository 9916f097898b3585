"""What shows only between lists of images: duplicates, held-out images that were trained on, A, B.

Limits here are rules of thumb, said as remarks: translators exist to change brightness and colour.
"""

from unit_tf.config import plural
from unit_tf.data.checks.duplicates import Member, exact_groups, near_groups
from unit_tf.data.checks.findings import Finding, counted, each
from unit_tf.data.checks.list_statistics import PARTS, statistics, usable
from unit_tf.data.image_lists import unequal_pairs

TIMES_LARGER = 2
LEVELS_BRIGHTER = 50
LEVELS_MORE_COLOURFUL = 30


def find_in_domain(domain, lists, facts):
    """Findings about duplicates in A or in B.

    Args:
      domain: "a" or "b".
      lists: {"train_a", ...: list of ImageFile}.
      facts: {where: Facts}.

    Yields:
      Finding.
    """
    members = _members(lists, facts, [f"train_{domain}", f"test_{domain}"])
    exact = exact_groups(members, facts)
    near = near_groups(members, facts, f"duplicates in {domain.upper()}")
    for part in (f"train_{domain}", f"test_{domain}"):
        yield from _inside(part, exact, "exact_duplicates", "with the same pixels as another")
        yield from _inside(part, near, "near_duplicates", "nearly the same as another")
    yield from _held_out(domain, [*exact, *near], len(lists[f"test_{domain}"]))


def find_between(lists, facts, config):
    """Findings about A beside B: the same.

    Args:
      lists: {"train_a", ...: list of ImageFile}.
      facts: {where: Facts}.
      config: DataConfig.

    Yields:
      Finding.
    """
    yield from _in_both(lists, facts)
    if config.paired:
        yield from _pairs(lists["train_a"], lists["train_b"], facts)
    of = {d: usable(lists[f"train_{d}"], facts) for d in "ab"}
    yield from _grey(of, config)
    if all(of.values()):
        numbers = [statistics(lists[f"train_{d}"], facts) for d in "ab"]
        for text in _differences(*numbers):
            yield Finding("a_against_b", "", text, problem=False)


def _members(lists, facts, parts):
    return [Member(p, i.where) for p in parts for i in lists[p] if not facts[i.where].reason]


def _inside(part, groups, kind, words):
    """Duplicates in one list."""
    inside = [[m.where for m in group if m.part == part] for group in groups]
    inside = [group for group in inside if len(group) > 1]
    if kind == "near_duplicates":  # those that are all the same are exact ones
        inside = [group for group in inside if len(set(group)) > 1]
    if inside:
        count = sum(map(len, inside))
        text = f"{PARTS[part]}: {count} images {words}, in {plural(len(inside), 'group')}"
        yield Finding(kind, part, text, inside)


def _held_out(domain, groups, total):
    """Held-out images that training sees."""
    both = [g for g in groups if len({member.part for member in g}) == 2]
    tested = {m.where for group in both for m in group if m.part.startswith("test")}
    if tested:
        text = f"{domain.upper()}: {counted(len(tested), total)} held out that are trained on too, "
        text += "or nearly the same ones, which flatters scores"
        groups = [[member.where for member in group] for group in both]
        yield Finding("held_out_in_training", domain, text, groups)


def _in_both(lists, facts):
    """The same pixels in A and in B: a folder named twice, or a mistake in sorting."""
    members = _members(lists, facts, ["train_a", "train_b"])
    both = [g for g in exact_groups(members, facts) if len({m.part for m in g}) == 2]
    if both:
        count = sum(m.part == "train_a" for group in both for m in group)
        text = f"A and B: {counted(count, len(lists['train_a']))} of train A with the same pixels "
        text += "as one of train B"
        yield Finding("in_both_domains", "", text, [[m.where for m in g] for g in both])


def _pairs(train_a, train_b, facts):
    sizes = {where: fact.reason or fact.size for where, fact in facts.items()}
    if unequal := unequal_pairs(train_a, train_b, sizes):
        text = f"train B: {counted(len(unequal), len(train_b))} of another size than their pairs"
        flags = ("--data.skip_bad",)
        yield Finding("unequal_pairs", "train_b", text, each(unequal), unequal, flags)


def _grey(of, config):
    """Domains without colour that are trained on in three channels, or the reverse."""
    grey = {d: bool(of[d]) and all(fact.grey for fact in of[d]) for d in "ab"}
    channels = {d: config.domain_channels(d) for d in "ab"}
    spare = [d for d in "ab" if grey[d] and channels[d] == 3]
    flags = ("--data.channels=1",) if len(spare) == 2 else ()
    for domain in spare:
        text = f"train {domain.upper()}: all images are grey, so one channel is enough"
        own = flags or (f"--data.channels_{domain}=1",)
        yield Finding("all_grey", f"train_{domain}", text, flags=own, problem=False)
    for domain in "ab":
        coloured = sum(not fact.grey for fact in of[domain])
        if coloured and channels[domain] == 1:
            text = f"train {domain.upper()}: {counted(coloured, len(of[domain]))} in colour, which "
            text += "become grey (one channel)"
            yield Finding("made_grey", f"train_{domain}", text, problem=False)


def _differences(a, b):
    """In words where A and B differ strongly; a, b are statistics of their training images."""
    short = [min(numbers["size"]["median"]) for numbers in (a, b)]
    if max(short) >= TIMES_LARGER * min(short):
        larger, smaller = ("A", "B") if short[0] > short[1] else ("B", "A")
        yield (
            f"A and B: {larger}'s images have shortest sides of {max(short)} pixels, {smaller}'s "
            f"of {min(short)} (median): crops may differ in sharpness and in how much they show"
        )
    for name, limit, word in (
        ("brightness", LEVELS_BRIGHTER, "brighter"),
        ("colour", LEVELS_MORE_COLOURFUL, "more colourful"),
    ):
        apart = a[name] - b[name]
        if abs(apart) >= limit:
            more = "A" if apart > 0 else "B"
            yield (
                f"A and B: {more} is {word} by {abs(apart):.0f} of 255 levels ({a[name]:.0f} in A, "
                f"{b[name]:.0f} in B), which a translator has to learn"
            )
