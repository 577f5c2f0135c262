"""FHIR adapter: any HL7 v2 message shown as a FHIR R4 bundle, by lines compiled from HL7's own v2-to-FHIR tables.

The code maps (`codes.json`) are compiled from https://github.com/HL7/v2-to-fhir (Apache-2.0); `lines.txt` follows its segment maps.
A door for FHIR messages in has its place among the message kinds; it is not built yet.
"""

from yishu.integration.adapters.fhir.bundle import bundle

__all__ = ["bundle"]
