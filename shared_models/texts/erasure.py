"""Sentences on erasure by order."""

SENTENCES: dict[str, tuple[str, str]] = {
    "erasure.reason_missing": (
        "请选择删除的原因：本人申请、保存期满、收集不当，或者司法、行政机关依法要求。",
        "Choose why it is erased: request, expired, unlawful or court.",
    ),
    "erasure.basis_missing": (
        "请写明删除所依据的法律条文或文书编号，最多 {most} 个字，不要写姓名和号码。",
        "State the legal basis or the number of the document, in at most {most} characters, without names or numbers.",
    ),
    "erasure.two_people": (
        "删除须由两人办理：一人提出，另一人核准。请由另一位监督员核准。",
        "An erasure takes two people: one proposes it, another one confirms it. Ask another supervisor to confirm.",
    ),
    "erasure.which": (
        "请指明一件办件、一份电子证明，或者一位居民，三者选一。",
        "Name one case, one attestation or one resident: exactly one of the three.",
    ),
    "erasure.nothing_found": (
        "本中心没有可以删除的办件或电子证明，请核对编号；辖区以外的请由上级中心办理。",
        "This hub holds nothing of it that it may erase. Check the number; beyond its area the hub above is entitled.",
    ),
    "erasure.outside": (
        "这件办件不在本中心辖区内，请由有权的中心办理。",
        "This lies outside the area of this hub; ask the hub that is entitled.",
    ),
    "erasure.already": ("已经依法删除过，不需要再办。", "It was erased by order already; nothing is left to do."),
    "erasure.no_such_proposal": (
        "没有这条待核准的删除，可能已经核准或撤回。请刷新页面。",
        "There is no such proposal; it was confirmed or withdrawn. Reload the page.",
    ),
    "erasure.no_such_order": (
        "没有这条删除令，请核对编号。",
        "There is no such order; check its id.",
    ),
    "erasure.proposed": (
        "已提出删除 {subject}（第 {id} 号），须由另一位监督员在“依法删除”页核准后生效。",
        "Proposed to erase {subject} (no. {id}); another supervisor has to confirm it on the page Erasures.",
    ),
    "erasure.proposed_done": (
        "已提出删除，须由另一人核准后生效。",
        "The erasure is proposed; it has effect once another person confirms it.",
    ),
    "erasure.ordered_done": (
        "删除令已签发，各节点联网后执行并报告。",
        "The order is signed; every node carries it out and reports as soon as it hears of it.",
    ),
    "erasure.withdrawn_done": ("已撤回，没有删除任何内容。", "Withdrawn; nothing was erased."),
    "erasure.told_order": (
        "{id}：{subject}，{day} 签发，{done} 个节点已删除，{open} 个尚未确认。",
        "{id}: {subject}, ordered on {day}; {done} nodes have erased it, {open} have not confirmed.",
    ),
    "erasure.told_done": (
        "　已删除：{name}（{area}，{node}），{at}，正文 {bodies} 条，附件 {files} 个，副本：{replica}。",
        "  Erased: {name} ({area}, {node}), {at}, {bodies} bodies, {files} files, replica: {replica}.",
    ),
    "erasure.told_open": (
        "　尚未确认：{name}（{area}，{node}），最近一次联系 {heard}。",
        "  Not confirmed: {name} ({area}, {node}), last heard {heard}.",
    ),
    "erasure.told_none": ("没有删除令，也没有待核准的删除。", "There is no order of erasure and no proposal."),
    "erasure.reason.request": ("本人申请删除。", "The resident asked for it."),
    "erasure.reason.expired": ("保存期限已满。", "The time for keeping it is over."),
    "erasure.reason.unlawful": ("收集或使用不当，应当删除。", "It was collected or used without right."),
    "erasure.reason.court": (
        "司法机关或者行政机关依法要求删除。",
        "A court or an authority requires it.",
    ),
    "erasure.wal_in_use": (
        "数据库正被长时间读取，旧的数据页暂时清不掉，稍后会自动再清。",
        "The database is being read for long, so old pages cannot be cleared yet. It is tried again by itself.",
    ),
    "erasure.more_to_do": (
        "删除期间又收到了同一办件的记录，将重新清理一遍。",
        "More records of the same case came in meanwhile; everything is cleared once more.",
    ),
    "erasure.here": (
        "{subject}：{day} 依法删除，本机删去正文 {bodies} 条、附件 {files} 个。依据：{basis}。",
        "{subject}: erased by order on {day}; {bodies} bodies and {files} files went from here. Basis: {basis}.",
    ),
    "erasure.here_unfinished": (
        "{subject}：{day} 依法删除，本机正在清除旧的数据页和副本，请保持运行。依据：{basis}。",
        "{subject}: erased by order on {day}; old pages and replicas are being cleared here, so keep the node running."
        " Basis: {basis}.",
    ),
    "erasure.done": (
        "办件 {number} 已于 {day} 依法删除，个人信息不再保存。依据：{basis}。",
        "Case {number} was erased by order on {day}; no personal data of it is kept. Basis: {basis}.",
    ),
}
