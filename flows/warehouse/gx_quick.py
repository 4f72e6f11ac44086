"""Spare Great Expectations what it does again and again with the same result; what it asks and answers stays as it is.

It writes out the whole of an expectation, as a configuration, every time that it looks at one of its fields, seventy
times for each expectation; and it looks for arrays and frames in the few words that name a metric. The two are half of
the time of a validation. While the block runs, what was written out is kept for as long as no field of the expectation
changes, and words are hashed as they are.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

_WORDS = (str, int, bool, type(None))


@contextmanager
def without_repetition() -> Iterator[None]:
    """Write out each expectation once, and name each metric at once, while the block runs."""
    from great_expectations.core.id_dict import IDDict
    from great_expectations.expectations.expectation import Expectation

    written, named = Expectation.configuration, IDDict.to_id
    kept: dict[int, tuple[Any, dict[str, Any], Any]] = {}

    def configuration(expectation: Any) -> Any:
        whole = kept.get(id(expectation))
        if whole is None or whole[1] != expectation.__dict__:
            # the expectation itself is held, so that no other takes its id
            whole = expectation, dict(expectation.__dict__), written.fget(expectation)
            kept[id(expectation)] = whole
        mine = copy(whole[2])
        mine._kwargs = dict(whole[2]._kwargs)
        return mine

    def to_id(words: Any, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
        is_whole = id_keys is None and id_ignore_keys is None and not words._id_ignore_keys
        if is_whole and len(words) > 1 and all(map(_is_plain, words.values())):
            text = json.dumps(words, sort_keys=True).encode("utf-8")
            return hashlib.md5(text, usedforsecurity=False).hexdigest()
        return named(words, id_keys, id_ignore_keys)

    Expectation.configuration = property(configuration)
    IDDict.to_id = to_id
    try:
        yield
    finally:
        Expectation.configuration, IDDict.to_id = written, named


def _is_plain(value: Any) -> bool:
    """Tell whether JSON writes a value as Great Expectations would."""
    if type(value) is list:
        return _are_words(value)
    return type(value) in _WORDS


def _are_words(values: Iterable[Any]) -> bool:
    return all(type(value) in _WORDS for value in values)
