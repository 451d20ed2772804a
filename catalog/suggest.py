"""«¿Quiso decir…?»: the nearest words of the catalogue when nothing was found."""

from itertools import islice, product

from catalog.index import Index
from catalog.words import WORD, fold, telling_words

MOST_WORDS = 6
MOST_TRIES = 64


def suggest(index: Index, query: str, *, among: int) -> str | None:
    """A query that finds something, or None."""
    asked = telling_words(query)
    if not asked or len(asked) > MOST_WORDS or len(query) > 100:
        return None
    choices = [_nearest(index, word, among) for word in asked]
    if not any(choices):
        return None
    tries = product(*(words for words in choices if words))
    for guess in islice(tries, MOST_TRIES):
        matches = index.matching(list(guess)) & among
        if matches:
            best, _ = index.find(" ".join(guess), among=among, limit=1)
            return _as_written(index, best, list(guess))
    return None


def _nearest(index: Index, word: str, among: int) -> list[str]:
    """The word itself when the catalogue knows it, or else up to four that resemble it."""
    if index.matching([word]) & among:
        return [word]
    far = _tolerance(word)
    letters = _letters(word)
    found = []
    for other in index.in_own:
        if abs(len(other) - len(word)) > far:
            continue
        if (_letters(other) ^ letters).bit_count() > 2 * far:
            continue
        distance = _distance(word, other)
        if distance <= far and index.in_own.whole(other) & among:
            often = index.in_own.whole(other).bit_count()
            found.append((distance, other[0] != word[0], -often, other))
    return [other for *_, other in sorted(found)[:4]]


def _tolerance(word: str) -> int:
    """How many mistakes are forgiven in a word of this length."""
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2


def _letters(word: str) -> int:
    found = 0
    for letter in word:
        found |= 1 << (ord(letter) & 63)
    return found


def _distance(one: str, other: str) -> int:
    """Letters added, missing, changed, or swapped with the next one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            swapped = i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b
            row.append(min(cost, last[j - 2] + 1) if swapped else cost)
    return row[-1]


def _as_written(index: Index, best: list[int], guess: list[str]) -> str:
    """With the accents and the small words of the best match: «ecografía de abdomen»."""
    entry = index.entry(best[0])
    spelled = [
        (match.group(), any(fold(match.group()).startswith(word) for word in guess))
        for match in WORD.finditer(entry.name)
    ]
    hits = [n for n, (_, hit) in enumerate(spelled) if hit]
    if len(hits) == len(guess) and hits[-1] - hits[0] < 2 * len(guess):
        return " ".join(_lower(word) for word, _ in spelled[hits[0] : hits[-1] + 1])
    said = WORD.findall(f"{entry.name} {entry.everyday}")
    accents = {fold(word): _lower(word) for word in said}
    return " ".join(accents.get(word, word) for word in guess)


def _lower(word: str) -> str:
    return word if word.isupper() else word.lower()
