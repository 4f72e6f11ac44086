"""HTML pages that need nothing but themselves: no script, no font, no address outside the file."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from flows.paths import ROOT

TEMPLATES = ROOT / "flows" / "templates"


def render(template: str, **content: Any) -> str:
    """Fill a template of ``flows/templates``; whatever is filled in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(style=style, **content)
