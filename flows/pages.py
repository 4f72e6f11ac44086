"""HTML pages that need nothing but themselves: no font, no address outside the file, and no script but the calendar's."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from flows.paths import ROOT

TEMPLATES = ROOT / "flows" / "templates"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **content: Any) -> str:
    """Fill a template of ``flows/templates``; whatever is filled in is escaped."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return _environment().get_template(template).render(style=style, **content)
