"""The primer: sample messages without content, which packer and unpacker of a frame both have before them.

It is part of the protocol: another primer is another protocol, and a frame packed with one does not unpack with the
other. So nothing here may ever change; docs/protocol.md names its hash, and tests/vectors/primer.jsonl is the text.
"""

from __future__ import annotations

_HEADER = (
    '{"header":{"actor":"","area":"","body":{"class":"%s","hash":"","size":%d},"catalogue":1,"hlc":[1795000000000,0],'
    '"incarnation":"","kind":"%s","node":"","parents":[%s],"prev":"","seq":%d,"subject":"%s/","suite":1,"version":1},'
    '"signature":"","body":%s,"short":%d}'
)
_MATERIAL = (
    '{"attachments":[%s],"attestation":"","code":"%s","grade":"%s","main":%s,"name":"%s","note":"","required":true,'
    '"state":"%s"}'
)
_FILE = '{"hash":"","media_type":"image/jpeg","name":"","size":300000}'
_MATERIALS = ",".join(
    (
        _MATERIAL % ("", "M01", "A", "true", "居民身份证", "received"),
        _MATERIAL % ("", "M02", "B", "true", "居民户口簿", "received"),
        _MATERIAL % (_FILE, "M03", "C", "false", "申请表", "received"),
        _MATERIAL % ("", "M04", "D", "false", "", "tolerated"),
        _MATERIAL % ("", "M05", "B", "false", "", "missing"),
    )
)
_DEADLINE = '{"day":"2026-01-01","provisional":false}'
_APPLICATION = (
    '{"day":"2026-01-01","deadline":' + _DEADLINE + ',"fields":{},"item":{"code":"","department":"",'
    '"department_name":"民政局","hash":"","home":"district","name":"","promised_days":20,"result":"","version":1},'
    '"materials":[' + _MATERIALS + '],"number":"","query_code":"","resident":{"address":"","birth":"1960-01-01",'
    '"id_number":"","name":"","phone":"13","pseudonym":"","sex":"female"},"salt":"","situation":"",'
    '"situation_name":"","station_name":"社区服务站"}'
)
_CREDENTIAL = (
    '{"credential":{"@context":["https://www.w3.org/ns/credentials/v2"],"credentialSubject":{"id":""},"id":"",'
    '"issuer":"did:key:","proof":{"created":"2026-01-01T00:00:00Z","cryptosuite":"eddsa-jcs-2022",'
    '"proofPurpose":"assertionMethod","proofValue":"z","type":"DataIntegrityProof","verificationMethod":"did:key:"},'
    '"type":["VerifiableCredential"],"validFrom":"2026-01-01T00:00:00Z","validUntil":"2027-01-01T00:00:00Z"},"salt":""}'
)
_MEMBER = (
    '{"area":"","families":["case","node"],"key":"","name":"","node":"","offline_days_max":180,"parent":"",'
    '"tier":"station"}'
)


def _record(kind: str, body: str, size: int = 66, *, first: bool = False, public: bool = False) -> str:
    """`first` = nothing of its subject, and nothing in its message, stands before it."""
    subject = kind.partition(".")[0]
    parents, seq, short = ("", 1, 1) if first else ('""', 2, 2)
    return _HEADER % ("public" if public else "personal", size, kind, parents, seq, subject, body, short)


def _entries(stream: str, reason: str, record: str) -> str:
    entry = f'{{"reason":"{reason}","record":{record}}}'
    return f'{{"type":"entries","stream":"{stream}","entries":[{entry}],"end":[1,""]}}'


_PUSHED = (
    _record("node.opened", '{"id":"","incarnation":"","seq":1}', 100, first=True, public=True),
    _record("case.notified", _APPLICATION, 1100, first=True),
    _record("case.supplemented", '{"day":"2026-01-01","deadline":' + _DEADLINE + ',"materials":['
            + _MATERIAL % ("", "M01", "A", "true", "", "received") + '],"salt":""}', 300),
    _record("case.withdrawn", '{"reason":"","salt":""}'),
    _record("case.delivered", '{"receiver":"","salt":""}'),
    _record("case.rated", '{"comment":"","grade":1,"salt":""}'),
    _record("case.accepted", _APPLICATION, 1100, first=True),
)  # fmt: skip

_LINES = (
    '{"type":"idle"}',
    '{"type":"fault","code":"sync.session_unknown"}',
    '{"type":"reset","stream":"control"}',
    '{"type":"rewind","journal":[1,""]}',
    '{"type":"refused","journal":1,"id":"","code":"sync.bad_signature"}',
    '{"type":"have","hash":"","offset":262144,"wanted":false,"final":false}',
    '{"type":"piece","hash":"","size":300000,"media_type":"image/jpeg","offset":262144,"data":""}',
    '{"type":"receipt","payload":{"child":"","hash":"","hub":"","journal":1,"suite":1,"time":1795000000000,'
    '"upstream":1,"version":1},"signature":""}',
    '{"type":"pull","cursors":{"control":[1,""],"node":[1,""],"area":[1,""],"catalogue":[1,""]},"journal":[1,""],'
    '"upstream":1,"wait_ms":25000,"catalogue":1,"room":65536}',
    _entries("control", "roster.admitted", _record("roster.admitted", _MEMBER, 250, first=True, public=True)),
    _entries("area", "area", _record("attestation.issued", _CREDENTIAL, 900, first=True)),
    _entries("node", "case", _record("case.decided", '{"outcome":"granted","reasons":"","result":"","salt":""}')),
    '{"type":"push","base":[1,""],"records":[' + ",".join(_PUSHED) + "]}",
)

PRIMER = ("\n".join(_LINES) + "\n").encode()
