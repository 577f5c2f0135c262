"""XML adapter: documents from outside, parsed without entities, network or great depth (OWASP XXE; billion laughs)."""

from __future__ import annotations

from lxml import etree

from yishu.kernel.errors import InputError

MOST = 16 * 1024 * 1024
DEEPEST = 200


class BadXML(InputError):
    """A document that is no safe XML 不安全或不合法的 XML."""


def parse(raw: bytes) -> etree._Element:
    """The root element. A DOCTYPE is refused, so no entity can be declared. Raises BadXML."""
    if len(raw) > MOST:
        raise BadXML("xml.too_long", f"XML 超过 {MOST // 1024 // 1024} MB", hint="分成几条发送")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise BadXML("xml.malformed", f"不是合法的 XML（第 {line} 行）", hint="检查转义与编码声明", where=str(line)) from None
    if str(getattr(root.getroottree().docinfo, "doctype", "")):
        raise BadXML("xml.doctype", "XML 里不能有 DOCTYPE", hint="去掉 DOCTYPE 与实体声明")
    for element in root.iter():
        # under a default namespace libxml2 lets a name with two colons pass, which is none (Namespaces in XML 1.0 §4)
        if isinstance(element.tag, str) and ":" in element.tag.rpartition("}")[2]:
            raise BadXML("xml.malformed", f"不是合法的 XML（第 {element.sourceline} 行）", hint="元素名里只能有一个冒号", where=str(element.sourceline))
    return root
