"""How an attestation stands, and why one is not believed."""

SENTENCES: dict[str, tuple[str, str]] = {
    "attestations.valid": (
        "「{fact_name}」由{issuer}出具，有效期至 {valid_until}，不用再交这份材料。",
        "“{fact_name}”, issued by {issuer}, is valid until {valid_until}; this material need not be handed in.",
    ),
    "attestations.not_yet": (
        "「{fact_name}」由{issuer}出具，{valid_from} 起才生效。在此之前请按要求提交材料。",
        "“{fact_name}”, issued by {issuer}, begins on {valid_from} only. Until then the material must be handed in.",
    ),
    "attestations.expired": (
        "「{fact_name}」由{issuer}出具，已于 {valid_until} 到期。请提交材料，或请{issuer}重新出具。",
        "“{fact_name}”, issued by {issuer}, ended on {valid_until}. Hand in the material, or ask for a new one.",
    ),
    "attestations.revoked": (
        "「{fact_name}」已被{issuer}撤销，不能再使用。请提交材料，或向{issuer}询问原因。",
        "“{fact_name}” was revoked by {issuer} and can no longer be used. Hand in the material, or ask {issuer} why.",
    ),
    "attestations.not_credential": (
        "这不是通办能识别的电子证明，或者内容不完整。请向出具部门重新索取，或提交纸质材料。",
        "This is not an attestation that Tongban can read, or a part of it is missing."
        " Ask the issuing department for it again, or hand in the paper.",
    ),
    "attestations.period": (
        "电子证明的有效期有误：结束时间早于开始时间，或日期超出范围。请出具部门改正后重新出具。",
        "The period of the attestation is wrong: it ends before it begins, or lies out of range."
        " The department should correct it and issue it again.",
    ),
    "attestations.cryptosuite": (
        "这份电子证明的签名方式不受支持，需要 eddsa-jcs-2022。请出具部门按此方式重新出具。",
        "The attestation is signed in a way that is not supported; eddsa-jcs-2022 is needed."
        " The department should issue it again that way.",
    ),
    "attestations.issuer_unknown": (
        "这份电子证明的出具单位不在名册中，或者不是用它自己的密钥签名。请勿采用，并与上级中心核对。",
        "The issuer of this attestation is not in the roster, or it is not signed with its own key."
        " Do not use it, and ask your hub.",
    ),
    "attestations.issuer_not_entitled": (
        "{issuer}没有被授权出具「{fact}」这类证明。请勿采用，并与上级中心核对。",
        "{issuer} is not entitled to attest “{fact}”. Do not use it, and ask your hub.",
    ),
    "attestations.proof_bad": (
        "这份电子证明的签名与{issuer}的密钥不符，内容可能被改动过。请勿采用，并请{issuer}重新出具。",
        "The signature of this attestation does not fit the key of {issuer}; its content may have been changed."
        " Do not use it, and ask {issuer} to issue it again.",
    ),
    "attestations.unfit": (
        "电子证明的内容不合规定：请检查证明类型、名称，以及各项内容的名称和取值。",
        "The content of the attestation is unfit: check the fact, its name, and the names and values of the claims.",
    ),
    "attestations.too_large": (
        "电子证明的内容超过了 {kilobytes} KB。请删减内容后再出具。",
        "The content of the attestation exceeds {kilobytes} KB. Shorten it and issue it again.",
    ),
}
