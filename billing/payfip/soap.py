"""SOAP envelopes of PayFiP, to text and from text. Pure.

Source: DGFiP, guide de mise en œuvre PayFiP Régie web service. Two operations of the service PaiementSecuriseService, one
argument `arg0` each; an answer holds `return`, a refusal a fault with `FonctionnelleErreur` (code, libelle).
"""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE = "http://securite.service.tpa.cp.finances.gouv.fr/services/mas_securite/contrat_paiement_securise/PaiementSecuriseService"
BUSINESS_FAULT = "FonctionnelleErreur"

ET.register_namespace("soapenv", ENVELOPE)


class Unreadable(ValueError):
    """Not an envelope that PayFiP could have written."""


class Fault(Exception):
    """PayFiP refuses: `code` is its own for a business error (P1, P5…), else empty for a technical one."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code or "technical")


def request(operation: str, values: Mapping[str, str]) -> bytes:
    """Write the call of an operation, its values in the order of their names, as the service’s schema has them."""
    envelope = ET.Element(f"{{{ENVELOPE}}}Envelope")
    ET.SubElement(envelope, f"{{{ENVELOPE}}}Header")
    body = ET.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    argument = ET.SubElement(ET.SubElement(body, f"{{{SERVICE}}}{operation}"), "arg0")
    for name in sorted(values):
        ET.SubElement(argument, name).text = values[name]
    text: bytes = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return text


def answer(body: bytes) -> dict[str, str]:
    """Read the values of `return`, whatever their namespaces. Raises Fault, and Unreadable for anything else.

    A document type is refused: no envelope has one, and it is by it that entities are declared.
    """
    try:
        text = body.decode("utf-8-sig")
        if "<!DOCTYPE" in text.upper():
            raise Unreadable("document type")
        root = ET.fromstring(text)  # noqa: S314  (no document type: neither entities nor anything fetched)
    except (ET.ParseError, UnicodeDecodeError) as error:
        raise Unreadable(type(error).__name__) from None
    if (fault := _find(root, "Fault")) is not None:
        business = _find(fault, BUSINESS_FAULT)
        code = _find(business, "code") if business is not None else None
        raise Fault((code.text or "").strip()[:20] if code is not None else "")
    found = _find(root, "return")
    if found is None:
        raise Unreadable("no answer")
    return {_name(child): (child.text or "").strip() for child in found}


def _find(element: ET.Element, name: str) -> ET.Element | None:
    return next((each for each in element.iter() if _name(each) == name), None)


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
