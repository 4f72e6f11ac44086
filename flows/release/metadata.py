"""What a release says of itself to machines: a data package, a research object crate, Croissant, and a citation.

Each tells the same of the same files: names, hashes, columns with type and meaning. No date of making is told, so that
the same content has the same bytes; the day that these formats ask for is the first of the month of the last night.

Source: Data Package 2.0 (datapackage.org), RO-Crate 1.1 (w3id.org/ro/crate/1.1), Croissant 1.0
(docs.mlcommons.org/croissant), Citation File Format 1.2.0 (citation-file-format.github.io).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

Facts = Mapping[str, Mapping[str, Any]]
"""Hash and size of files, by name."""
FILES = ("datapackage.json", "ro-crate-metadata.json", "croissant.json", "CITATION.cff")
_LICENCE = "No licence comes with these files: ask whoever keeps the study."
_KEYWORDS = ["sleep", "leg movements", "accelerometry", "caffeine", "exercise", "stress", "minerals"]
_MEDIA = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html",
    ".cff": "text/yaml",
    ".json": "application/json",
}


@dataclass(frozen=True)
class About:
    """Which release it is."""

    study_id: str
    release_id: str
    last_month: date | None

    @property
    def name(self) -> str:
        """A name of letters, digits and dashes."""
        return f"legjumps-release-{self.release_id}"

    @property
    def title(self) -> str:
        """A title to be read."""
        return f"Leg jumps in sleep: cohort release {self.release_id} of study {self.study_id}"

    @property
    def description(self) -> str:
        """What it is, and what it is not."""
        return (
            "Rates of leg jumps in sleep of groups of nights, and rate ratios, after disclosure control: noisy, rounded, small "
            "groups withheld. Research indices, not diagnoses."
        )


def write_metadata(
    folder: Path, about: About, tables: Mapping[str, pl.DataFrame], dictionary: pl.DataFrame
) -> Facts:
    """Write FILES beside the files that stand in ``folder``; return the facts of all of them by name, in its order."""
    facts = {path.name: _facts(path) for path in folder.iterdir() if path.is_file()}
    meanings = {
        (table, name): (description or "", unit)
        for table, name, description, unit in dictionary.select(
            "table_name", "column_name", "description", "unit"
        ).iter_rows()
    }
    purposes = dict(dictionary.select("table_name", "table_description").iter_rows())

    def write(name: str, text: str) -> None:
        (folder / name).write_text(text, encoding="utf-8")
        facts[name] = _facts(folder / name)

    write("CITATION.cff", citation(about))
    write("datapackage.json", _json(data_package(facts, about, tables, meanings, purposes)))
    write("croissant.json", _json(croissant(facts, about, tables, meanings, purposes)))
    write("ro-crate-metadata.json", _json(crate(facts, about, purposes)))
    return dict(sorted(facts.items()))


def data_package(
    facts: Facts,
    about: About,
    tables: Mapping[str, pl.DataFrame],
    meanings: Mapping[tuple[str, str], tuple[str, str | None]],
    purposes: Mapping[str, str],
) -> dict[str, Any]:
    """Return the descriptor of the CSV files: every table with the type, unit and meaning of its columns."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": about.name,
        "title": about.title,
        "description": about.description,
        "version": about.release_id,
        "keywords": _KEYWORDS,
        "resources": [
            {
                "name": name.replace("_", "-"),
                "type": "table",
                "path": f"{name}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": facts[f"{name}.csv"]["size_bytes"],
                "hash": f"sha256:{facts[f'{name}.csv']['sha256']}",
                "description": purposes.get(name) or "",
                "schema": {
                    "fields": [
                        {
                            "name": column,
                            "type": _kind(dtype, "string", "boolean", "integer", "number"),
                            "description": meanings[name, column][0],
                            **({"unit": unit} if (unit := meanings[name, column][1]) else {}),
                        }
                        for column, dtype in frame.schema.items()
                    ],
                    "missingValues": [""],
                },
            }
            for name, frame in tables.items()
        ],
    }


def croissant(
    facts: Facts,
    about: About,
    tables: Mapping[str, pl.DataFrame],
    meanings: Mapping[tuple[str, str], tuple[str, str | None]],
    purposes: Mapping[str, str],
) -> dict[str, Any]:
    """Return the Croissant description of the CSV files."""
    return {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": about.name,
        "description": about.description,
        "url": f"urn:{about.name}",
        "license": _LICENCE,
        "version": "1.0.0",
        "citeAs": about.title,
        "keywords": _KEYWORDS,
        **_published(about),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{name}.csv",
                "name": f"{name}.csv",
                "contentUrl": f"{name}.csv",
                "encodingFormat": "text/csv",
                "sha256": facts[f"{name}.csv"]["sha256"],
            }
            for name in tables
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                "description": purposes.get(name) or "",
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"{name}/{column}",
                        "name": column,
                        "description": meanings[name, column][0],
                        # whole numbers that may be withheld are read as floats
                        "dataType": _kind(dtype, "sc:Text", "sc:Boolean", "sc:Float", "sc:Float"),
                        "source": {"fileObject": {"@id": f"{name}.csv"}, "extract": {"column": column}},
                    }
                    for column, dtype in frame.schema.items()
                ],
            }
            for name, frame in tables.items()
        ],
    }


def crate(facts: Facts, about: About, purposes: Mapping[str, str]) -> dict[str, Any]:
    """Return the research object crate of every file of the release but itself and the manifest, which holds its hash."""
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {
                "@id": "ro-crate-metadata.json",
                "@type": "CreativeWork",
                "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            },
            {
                "@id": "./",
                "@type": "Dataset",
                "name": about.title,
                "description": about.description,
                "identifier": about.release_id,
                "keywords": ", ".join(_KEYWORDS),
                "license": {"@id": "#licence"},
                **_published(about),
                "hasPart": [{"@id": name} for name in sorted(facts)],
            },
            {
                "@id": "#licence",
                "@type": "CreativeWork",
                "name": "Terms of use",
                "description": _LICENCE,
            },
            *(
                {
                    "@id": name,
                    "@type": "File",
                    "name": name,
                    "description": purposes.get(Path(name).stem) or name,
                    "encodingFormat": _MEDIA[Path(name).suffix],
                    "contentSize": str(own["size_bytes"]),
                    "sha256": own["sha256"],
                }
                for name, own in sorted(facts.items())
            ),
        ],
    }


def citation(about: About) -> str:
    """Return the citation; every text is quoted as JSON, which is YAML as well."""
    lines = {
        "cff-version": "1.2.0",
        "message": "Please cite this release by its identifier.",
        "type": "dataset",
        "title": about.title,
        "abstract": about.description,
        "version": about.release_id,
        **({"date-released": about.last_month.isoformat()} if about.last_month else {}),
    }
    told = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in lines.items()]
    author = json.dumps(f"Those who keep study {about.study_id}", ensure_ascii=False)
    return "\n".join([*told, "authors:", f"  - name: {author}"]) + "\n"


def _published(about: About) -> dict[str, str]:
    return {"datePublished": about.last_month.isoformat()} if about.last_month else {}


def _kind(dtype: pl.DataType, text: str, boolean: str, integer: str, number: str) -> str:
    if dtype == pl.Boolean:
        return boolean
    if dtype.is_integer():
        return integer
    return number if dtype.is_numeric() else text


def _facts(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


_CROISSANT_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The names of Croissant 1.0, as its specification gives them."""
