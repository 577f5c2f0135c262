"""SOAP adapter (SOAP 1.1 W3C Note 2000, SOAP 1.2 Part 1): one operation whose one argument is a string, as Chinese vendors agree on it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from html import escape

from lxml import etree

from yishu.integration.adapters.xml import BadXML, parse
from yishu.integration.channels import SoapContract

V11 = "http://schemas.xmlsoap.org/soap/envelope/"
V12 = "http://www.w3.org/2003/05/soap-envelope"


class BadSoap(BadXML):
    """An envelope that does not keep the contract 不合约定的 SOAP."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call 调用: the version's namespace and the string argument."""

    version: str
    argument: str

    @property
    def content_type(self) -> str:
        """How an answer of this version is declared."""
        return "application/soap+xml; charset=utf-8" if self.version == V12 else "text/xml; charset=utf-8"


def read(raw: bytes, contract: SoapContract) -> Call:
    """The argument of a call; CDATA and escaped text come out alike. Raises BadXML, BadSoap."""
    root = parse(raw)
    version = etree.QName(root).namespace or ""
    if etree.QName(root).localname != "Envelope" or version not in (V11, V12):
        raise BadSoap("soap.envelope", "不是 SOAP 1.1 或 1.2 的 Envelope", hint="检查命名空间")
    body = root.find(f"{{{version}}}Body")
    called = next((e for e in body if isinstance(e.tag, str)), None) if body is not None else None
    if called is None or etree.QName(called).localname != contract.operation:
        named = etree.QName(called).localname if called is not None else "空"
        raise BadSoap("soap.operation", f"没有操作 {named[:80]}，只有 {contract.operation}", hint=f"命名空间 {contract.namespace}")
    for part in called:
        if isinstance(part.tag, str) and etree.QName(part).localname == contract.argument:
            # a vendor may put the document in as elements instead of text
            inner = [e for e in part if isinstance(e.tag, str)]
            return Call(version, "".join(_alone(e) for e in inner) if inner else (part.text or ""))
    raise BadSoap("soap.argument", f"缺少参数 {contract.argument}", hint=f"<{contract.argument}> 里放整条消息")


def _alone(element: etree._Element) -> str:
    """An element as text of its own, without the envelope's namespaces."""
    copied = deepcopy(element)
    etree.cleanup_namespaces(copied)
    return etree.tostring(copied, encoding="unicode", with_tail=False)


def answer(call: Call, contract: SoapContract, text: str) -> bytes:
    """The response envelope with one string."""
    body = f'<{contract.operation}Response xmlns="{escape(contract.namespace)}"><{contract.answer}>{escape(text)}</{contract.answer}></{contract.operation}Response>'
    return _envelope(call.version, body)


def call(namespace: str, operation: str, argument: str, text: str) -> bytes:
    """A SOAP 1.1 call of ours with one string."""
    return _envelope(V11, f'<{operation} xmlns="{escape(namespace)}"><{argument}>{escape(text)}</{argument}></{operation}>')


def answered(raw: bytes) -> tuple[str, str]:
    """The string a call came back with, or a fault's text and its code. Raises BadXML, BadSoap."""
    root = parse(raw)
    version = etree.QName(root).namespace or ""
    body = root.find(f"{{{version}}}Body")
    first = next((e for e in body if isinstance(e.tag, str)), None) if body is not None else None
    if first is None:
        raise BadSoap("soap.answer", "SOAP 应答里没有内容", hint="检查地址与操作名")
    texts = [str(t) for t in first.itertext()]
    words = [t.strip() for t in texts if t.strip()]
    if etree.QName(first).localname == "Fault":
        return (words[-1] if words else "Fault"), (words[0] if words else "Client")
    return "".join(texts).strip().replace("\n", "\r"), ""


def fault(version: str, code: str, text: str) -> bytes:
    """A fault envelope: who is to blame (Client/Sender or Server/Receiver) and why."""
    if version == V12:
        who = "Receiver" if code == "Server" else "Sender"
        body = f'<e:Fault><e:Code><e:Value>e:{who}</e:Value></e:Code><e:Reason><e:Text xml:lang="zh">{escape(text)}</e:Text></e:Reason></e:Fault>'
    else:
        body = f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>{escape(text)}</faultstring></e:Fault>"
    return _envelope(version, body)


def _envelope(version: str, body: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="{version}"><e:Body>{body}</e:Body></e:Envelope>'.encode()


def wsdl(contract: SoapContract, address: str) -> bytes:
    """The contract as WSDL 1.1, both bindings (document/literal wrapped)."""
    n, op, arg, out = escape(contract.namespace), contract.operation, contract.argument, contract.answer
    bindings = "".join(
        f'<binding name="Binding{v}" type="t:Port"><{p}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
        f'<operation name="{op}"><{p}:operation soapAction="{n}/{op}" style="document"/><input><{p}:body use="literal"/></input>'
        f'<output><{p}:body use="literal"/></output></operation></binding>'
        for v, p in (("11", "s"), ("12", "s12"))
    )
    ports = "".join(f'<port name="Port{v}" binding="t:Binding{v}"><{p}:address location="{escape(address)}"/></port>' for v, p in (("11", "s"), ("12", "s12")))
    return (
        f'<?xml version="1.0" encoding="utf-8"?><definitions name="Yishu" targetNamespace="{n}" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="{n}" '
        'xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:x="http://www.w3.org/2001/XMLSchema">'
        f'<types><x:schema targetNamespace="{n}" elementFormDefault="qualified">'
        f'<x:element name="{op}"><x:complexType><x:sequence><x:element name="{arg}" type="x:string"/></x:sequence></x:complexType></x:element>'
        f'<x:element name="{op}Response"><x:complexType><x:sequence><x:element name="{out}" type="x:string"/></x:sequence></x:complexType></x:element>'
        f'</x:schema></types><message name="In"><part name="parameters" element="t:{op}"/></message><message name="Out"><part name="parameters" element="t:{op}Response"/></message>'
        f'<portType name="Port"><operation name="{op}"><input message="t:In"/><output message="t:Out"/></operation></portType>'
        f'{bindings}<service name="Messages">{ports}</service></definitions>'
    ).encode()
