"""What a study declares about its exports: of itself, so that whoever reads settings loads no importer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What study.toml says of its exports, in the section ``[imports]``."""

    account_time_zones: Mapping[str, str] = field(default_factory=dict)
    """The zone in which a maker's account writes its times, by the maker (``qualtrics``, ``redcap``, ``fitbit``)."""
    lowest_answers: Mapping[str, float] = field(default_factory=dict)
    """The number of the lowest answer, by scale, where it is not that of the published key."""
