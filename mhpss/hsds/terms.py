"""What HSDS has no field for, as attributes with terms of our own taxonomies; and identifiers, ours and its."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

NEED, LAYER, GENDER, CAPACITY, ACCESS = "zhoda:need", "zhoda:layer", "zhoda:gender", "zhoda:capacity", "zhoda:access"
# Whether a service is on the public page, whether a provider is confidential, and the provider's country.
VISIBILITY, COUNTRY = "zhoda:visibility", "zhoda:country"
# Names, descriptions and fees in languages other than English: the code is "name.be", the value is the text.
TEXT = "zhoda:text"
MEANINGS: Mapping[str, str] = {
    NEED: "What the service answers",
    LAYER: "Layer of the IASC pyramid of support, from basic services (1) to specialised care (4)",
    GENDER: "Gender of those who help",
    CAPACITY: "Whether there is room",
    ACCESS: "Accessible to people with disabilities",
    VISIBILITY: "Who may see the entry",
    COUNTRY: "Country of the organization, ISO 3166",
    TEXT: "A text in another language",
}
_SPACE = UUID("7ee27d09-eb31-482a-bdb7-407840b029f3")


def to_uuid(ours: str) -> str:
    """One of our identifiers as HSDS writes it."""
    return str(UUID(hex=ours))


def from_uuid(theirs: str) -> str:
    """An HSDS identifier as we write it."""
    return UUID(theirs).hex


def derived(*parts: object) -> str:
    """The identifier of what has none of its own: the same whenever it is written again."""
    return str(uuid5(_SPACE, "\n".join(map(str, parts))))


def attribute(entity: str, ours: str, taxonomy: str, code: str, value: str | None = None) -> dict[str, Any]:
    """The attribute that says `code` of one of our entries."""
    term = {
        "id": derived(taxonomy, code),
        "code": code,
        "name": code.replace("_", " "),
        "description": MEANINGS[taxonomy],
        "taxonomy": taxonomy,
    }
    linked = {
        "id": derived("attribute", entity, ours, taxonomy, code),
        "link_id": to_uuid(ours),
        "link_entity": entity,
        "taxonomy_term_id": term["id"],
        "taxonomy_term": term,
    }
    return linked if value is None else {**linked, "value": value}


def said(document: Mapping[str, Any], taxonomy: str) -> Iterator[tuple[int, str, str | None]]:
    """Place, code and value of each attribute of a taxonomy in an HSDS object."""
    for place, each in enumerate(document.get("attributes") or ()):
        term = each.get("taxonomy_term") or {}
        if term.get("taxonomy") == taxonomy and term.get("code"):
            yield place, term["code"], each.get("value")
