"""A catalogue as CPSV-AP 3.2.0, the European profile of public services, in JSON-LD.

Source: SEMIC, CPSV-AP 3.2.0 (classes, properties and their IRIs as in its context file). The prefixes stand in the
document itself, so that a reader needs no network. An item becomes a `cpsv:PublicService` with its competent authority,
legal resources, inputs (evidence and its type), output, cost and channels; what an item does not say is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from shared_models.catalogue import Item, Material
from shared_models.catalogue.codes import CHANNELS, FORMS
from shared_models.signing import digest

Node = dict[str, Any]
CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
CHINESE = {"@id": "http://publications.europa.eu/resource/authority/language/ZHO"}
YUAN = {"@id": "http://publications.europa.eu/resource/authority/currency/CNY"}
_DIVISION = slice(2, 8)
"""Where a unified social credit code names the division that the organisation is registered in."""


def write_cpsv(items: Iterable[Item]) -> bytes:
    """One JSON-LD document: a graph in which every node stands once."""
    graph: dict[str, Node] = {}
    for item in items:
        for node in _nodes(item):
            graph.setdefault(node["@id"], node)
    document = {"@context": CONTEXT, "@graph": list(graph.values())}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def name_of(kind: str, *codes: str) -> str:
    """The IRI of a node: `urn:tongban:item:1151…`."""
    return ":".join(("urn:tongban", kind, *(quote(code, safe="") for code in codes)))


def _nodes(item: Item) -> Iterator[Node]:
    yield _service(item)
    yield _authority(item)
    for law in item.legal_basis:
        yield {"@id": _law(law), "@type": "eli:LegalResource", "dct:title": _text(law)}
    for material in item.materials:
        yield from _input(item, material)
    if item.result.name:
        yield {"@id": name_of("output", item.code), "@type": "cv:Output", "dct:identifier": f"{item.code}/result",
               "dct:title": _text(item.result.name)}  # fmt: skip
    if item.fee:
        yield _cost(item)
    for channel in item.channels:
        yield {"@id": name_of("channel", str(channel)), "@type": "cv:Channel", "dct:identifier": str(channel),
               "dct:description": _text(CHANNELS.get(str(channel), (str(channel),))[0])}  # fmt: skip


def _service(item: Item) -> Node:
    node: Node = {
        "@id": name_of("item", item.code),
        "@type": "cpsv:PublicService",
        "dct:identifier": item.code,
        "dct:title": _text(item.name),
        "dct:description": _text(_described(item)),
        "dct:language": CHINESE,
        "dcat:keyword": [_text(word) for word in item.keywords],
        "cv:hasCompetentAuthority": _to(_authority_of(item)),
        "cv:hasLegalResource": [_to(_law(law)) for law in item.legal_basis],
        "cpsv:hasInput": [_to(name_of("evidence", item.code, each.code)) for each in item.materials],
        "cv:hasInputType": [_to(_type_of(each)) for each in item.materials],
        "cpsv:produces": [_to(name_of("output", item.code))] if item.result.name else [],
        "cv:hasCost": [_to(name_of("cost", item.code))] if item.fee else [],
        "cv:hasChannel": [_to(name_of("channel", str(channel))) for channel in item.channels],
    }
    if item.promised_days is not None:
        node["cv:processingTime"] = {"@value": f"P{item.promised_days}D", "@type": "xsd:duration"}
    return {name: value for name, value in node.items() if value != []}


def _described(item: Item) -> str:
    """The profile asks for a description, and an item has none of its own: its name, department and situations."""
    situations = "、".join(each.name for each in item.situations if each.name)
    return f"{item.department.name}：{item.name}。{f'情形：{situations}。' if situations else ''}"


def _authority(item: Item) -> Node:
    node = {
        "@id": _authority_of(item), "@type": "cv:PublicOrganisation", "dct:identifier": item.department.code,
        "skos:prefLabel": _text(item.department.name),
    }  # fmt: skip
    division = item.department.code[_DIVISION]
    return {**node, "dct:spatial": _to(name_of("division", division))} if division.isdigit() else node


def _input(item: Item, material: Material) -> Iterator[Node]:
    words = f"{FORMS.get(material.form, (material.form,))[0]} {material.copies} 份"
    yield {
        "@id": name_of("evidence", item.code, material.code), "@type": "cv:Evidence",
        "dct:identifier": f"{item.code}/{material.code}", "dct:title": _text(material.name),
        "dct:description": _text(f"{words}；{material.source}" if material.source else words),
        "dct:conformsTo": _to(_type_of(material)),
    }  # fmt: skip
    yield {"@id": _type_of(material), "@type": "cv:EvidenceType", "dct:identifier": _type_of(material),
           "dct:title": _text(material.name)}  # fmt: skip


def _cost(item: Item) -> Node:
    value = {"@value": f"{item.fee_cents / 100:.2f}", "@type": "xsd:double"}
    node = {"@id": name_of("cost", item.code), "@type": "cv:Cost", "dct:identifier": f"{item.code}/cost",
            "dct:description": _text(item.fee)}  # fmt: skip
    return {**node, "cv:hasValue": value, "cv:currency": YUAN} if item.fee_cents else node


def _authority_of(item: Item) -> str:
    return name_of("organisation", item.department.code or item.department.name or "unknown")


def _type_of(material: Material) -> str:
    """Materials of the same name are of one type, whichever item asks for them."""
    return name_of("evidence-type", digest(material.name.encode()).hex()[:16])


def _law(law: str) -> str:
    return name_of("law", digest(law.encode()).hex()[:16])


def _text(words: str) -> Node:
    return {"@value": words, "@language": "zh-Hans"}


def _to(iri: str) -> Node:
    return {"@id": iri}
