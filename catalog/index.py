"""An index in memory: which entries have which words, as sets of bits.

Bit n stands for the n-th entry, and entries are numbered in the order in which
equals are shown. So a set of bits is a set of entries, already in order: joining,
intersecting and taking the first twenty are operations on whole numbers.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from catalog.words import STOP, singulars, telling_words, words

FEW = 12  # entries of a word that are cheaper to list than to keep as bits
SHORT = 1  # letters of a beginning that is worth remembering
LONGEST_QUERY = 600  # the longest official name fits
LEAST_CODE = 3  # signs of a code before it is taken for one


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found, and the words it is found by."""

    pk: int
    name: str
    code: str = ""
    everyday: str = ""  # its own synonyms
    around: str = ""  # official name, specialty, the specialty's synonyms
    rank: int = 0  # smaller is shown before


class Words:
    """Words and the entries that have them; whole or by how they begin."""

    def __init__(self, entries_of: dict[str, list[int]], size: int) -> None:
        self._size = size // 8 + 1
        self._sorted = sorted(entries_of)
        self._few: dict[str, list[int]] = {}
        self._short: dict[str, int] = {}
        self._many: dict[str, int] = {}
        for word, numbers in entries_of.items():
            if len(numbers) > FEW:
                self._many[word] = self.bits(numbers)
            else:
                self._few[word] = numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._sorted)

    def bits(self, numbers: Iterable[int]) -> int:
        buffer = bytearray(self._size)
        for number in numbers:
            buffer[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(buffer, "little")

    def whole(self, word: str) -> int:
        """Entries that have this very word."""
        if word in self._many:
            return self._many[word]
        return self.bits(self._few.get(word, ()))

    def starting(self, prefix: str) -> int:
        """Entries that have a word that begins so."""
        if len(prefix) > SHORT:
            return self._gathered(prefix)
        if prefix not in self._short:  # half of all the words may begin so
            self._short[prefix] = self._gathered(prefix)
        return self._short[prefix]

    def _gathered(self, prefix: str) -> int:
        found, few = 0, []
        for position in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            word = self._sorted[position]
            if not word.startswith(prefix):
                break
            if word in self._many:
                found |= self._many[word]
            else:
                few.extend(self._few[word])
        return found | self.bits(few) if few else found


@dataclass(frozen=True, slots=True)
class Meanings:
    """What people say and what the catalogue calls it."""

    of_word: dict[str, list[list[str]]]
    of_phrase: list[tuple[frozenset[str], list[str]]]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Meanings":
        of_word: dict[str, list[list[str]]] = defaultdict(list)
        of_phrase: list[tuple[frozenset[str], list[str]]] = []
        for said, meaning in pairs:
            said_words, meant = telling_words(said), telling_words(meaning)
            if not said_words or not meant:
                continue
            if len(said_words) == 1:
                of_word[said_words[0]].append(meant)
            else:
                of_phrase.append((frozenset(said_words), meant))
        return cls(dict(of_word), of_phrase)

    def readings(self, asked: list[str]) -> list[list[str]]:
        """The query as written, and with each phrase put in the catalogue's words."""
        said = set(asked)
        return [asked] + [
            [*(word for word in asked if word not in phrase), *meant]
            for phrase, meant in self.of_phrase
            if phrase <= said
        ]

    def alternatives(self, word: str) -> list[list[str]]:
        """Other ways to say one word."""
        single = singulars(word)
        found = [[one] for one in single]
        for one in (word, *single):
            found += self.of_word.get(one, [])
        return found


class Index:
    """Finds entries by words in any order, best first."""

    def __init__(
        self, entries: Iterable[Entry], meanings: Iterable[tuple[str, str]] = ()
    ) -> None:
        named = [(entry, words(entry.name)) for entry in entries]
        named.sort(key=lambda e: (e[0].rank, len(e[0].name), e[1], e[0].code, e[0].pk))
        self.entries = [entry for entry, _ in named]
        self.meanings = Meanings.of(meanings)
        self._number = {entry.pk: n for n, entry in enumerate(self.entries)}
        first, in_name, in_own, anywhere, codes = (defaultdict(list) for _ in range(5))
        for n, (entry, name) in enumerate(named):
            if name:
                first[name[0]].append(n)
            own = {*name, *words(entry.everyday)}
            for word in set(name):
                in_name[word].append(n)
            for word in own:
                in_own[word].append(n)
            for word in own.union(words(entry.around)):
                anywhere[word].append(n)
            if entry.code:
                codes[entry.code.lower()].append(n)
        size = len(named)
        self._first = Words(first, size)
        self._in_name = Words(in_name, size)
        self.in_own = Words(in_own, size)
        self._anywhere = Words(anywhere, size)
        self._codes = Words(codes, size)

    def entry(self, pk: int) -> Entry:
        return self.entries[self._number[pk]]

    def only(self, pks: Collection[int]) -> int:
        """These entries, as bits."""
        number = self._number
        return self._codes.bits(number[pk] for pk in pks if pk in number)

    def everything(self) -> int:
        return (1 << len(self.entries)) - 1

    def find(self, query: str, *, among: int, limit: int) -> tuple[list[int], int]:
        """Keys of the best ones, and how many there are."""
        asked = telling_words(query) if len(query) <= LONGEST_QUERY else []
        if not asked:
            return [], 0
        opens = reduce(or_, (self._first.starting(word) for word in asked))
        found: list[int] = []
        seen = 0
        for tier in self._tiers(asked):
            new = tier & among & ~seen
            seen |= new
            for some in (new & opens, new & ~opens):
                self._take(some, found, limit)
        return found, seen.bit_count()

    def matching(self, asked: list[str]) -> int:
        """Entries that have all these words somewhere."""
        return reduce(and_, (self._anywhere.starting(word) for word in asked))

    def _tiers(self, asked: list[str]) -> Iterator[int]:
        """Sets of entries, the better ones first."""
        yield reduce(or_, (self._codes.whole(word) for word in _codes_in(asked)), 0)
        yield reduce(and_, (self._in_name.whole(word) for word in asked))
        readings = self.meanings.readings(asked)
        for words_meant in readings[1:]:  # what staff wrote for this very phrase
            yield reduce(and_, (self._in_name.starting(word) for word in words_meant))
        yield reduce(and_, (self._in_name.starting(word) for word in asked))
        for place in (self._in_name, self.in_own, self._anywhere):
            yield reduce(or_, (self._meant(place, words) for words in readings))

    def _meant(self, place: Words, asked: list[str]) -> int:
        return reduce(and_, (self._said(place, word) for word in asked))

    def _said(self, place: Words, word: str) -> int:
        """Entries that have this word, another for it, or a code that begins so."""
        found = place.starting(word)
        for other in self.meanings.alternatives(word):
            found |= reduce(and_, (place.starting(one) for one in other))
        if place is self._anywhere:
            for code in _codes_in([word]):
                found |= self._codes.starting(code)
        return found

    def _take(self, some: int, found: list[int], limit: int) -> None:
        while some and len(found) < limit:
            lowest = some & -some
            found.append(self.entries[lowest.bit_length() - 1].pk)
            some ^= lowest


def _codes_in(asked: list[str]) -> Iterator[str]:
    """What may be (the beginning of) a code; five digits may have lost their zero."""
    for word in asked:
        if len(word) >= LEAST_CODE and word not in STOP and any(map(str.isdigit, word)):
            yield word
            if len(word) == 5 and word.isdigit():
                yield f"0{word}"
