"""Sentences on bundles: sync in files that are carried by hand."""

SENTENCES: dict[str, tuple[str, str]] = {
    "bundle.exported": (
        "已写出 {records} 条记录、{attachments} 个附件，共 {bytes} 字节，交“{to}”：{files}。"
        "导入对方的回执之前，这些内容仍在本机排队。",
        "{records} records and {attachments} attachments, {bytes} bytes, were written for “{to}”: {files}. They stay"
        " queued here until the answer is imported.",
    ),
    "bundle.left_out": (
        "本机有一条记录与签名时不符，它和之后的 {count} 条没有写出。请用 doctor 检查本机。",
        "A record here is not what was signed; it and those behind it, {count} in all, were not written. Examine this"
        " node with doctor.",
    ),
    "bundle.received": (
        "已接收“{name}”的数据包：新记录 {records} 条，原已收到 {known} 条。",
        "The bundle of “{name}” was taken in: {records} new records, {known} that were held before.",
    ),
    "bundle.answered": (
        "给“{name}”的回执已写好，请带回去导入：{files}。",
        "The answer for “{name}” is written; take it back and import it there: {files}.",
    ),
    "bundle.revoked": (
        "“{name}”已被撤销：它在撤销之后写的记录只留存，不生效。",
        "“{name}” is revoked: what it wrote since then is kept without effect.",
    ),
    "bundle.confirmed": (
        "已导入“{name}”的回执：{end} 条中已签收到第 {journal} 条，附件确认 {attachments} 个，"
        "收到下发的记录 {entries} 条。",
        "The answer of “{name}” was taken in: it has signed for {journal} of {end} records, {attachments} attachments"
        " are confirmed, and {entries} records came down.",
    ),
    "bundle.older": (
        "其中 {count} 项比本机已有的旧，没有采用。",
        "{count} items in it are older than what is here and were passed over.",
    ),
    "bundle.refused": (
        "上级没有接收第 {position} 条记录：{reason}",
        "The hub above did not take in record {position}: {reason}",
    ),
    "bundle.no_parent": (
        "本中心没有上级，不需要导出数据包。",
        "This hub has nobody above it, so there is nothing to export.",
    ),
    "bundle.none_here": (
        "在 {path} 里没有找到给本节点的数据包。请确认选对了U盘和文件夹。",
        "There is no bundle for this node in {path}. Make sure that it is the right stick and folder.",
    ),
    "bundle.too_many_files": (
        "一次最多读取 {most} 个文件。请把已经导入过的移走后再试。",
        "At most {most} files are read at once. Move away those that were imported before and try again.",
    ),
    "bundle.too_many_parts": (
        "数据包超过 {most} 个文件，没有写出。请用 --part-bytes 加大每个文件。",
        "The bundle would have more than {most} files, so nothing was written. Make each larger with --part-bytes.",
    ),
    "bundle.not_a_bundle": (
        "文件 {file} 不是通办的数据包，没有读取。请确认选对了文件。",
        "The file {file} is no bundle of Tongban and was not read. Make sure that it is the right file.",
    ),
    "bundle.newer": (
        "数据包 {file} 的格式比本机的新，没有读取。请先升级本机。",
        "The bundle {file} is of a newer form than this node knows and was not read. Upgrade this node first.",
    ),
    "bundle.for_another": (
        "数据包 {file} 是给另一个节点的，本机打不开。请交给文件名中写明的地方。",
        "The bundle {file} is for another node and cannot be opened here. Hand it to the place that its name says.",
    ),
    "bundle.head_damaged": (
        "数据包 {file} 的开头已损坏，没有读取。请换一份拷贝，或重新导出。",
        "The beginning of the bundle {file} is damaged and it was not read. Take another copy, or export it anew.",
    ),
    "bundle.unknown_sender": (
        "数据包 {file} 的发出节点 {node} 不是本节点的上级或下级，没有接收。请核对接入关系。",
        "The bundle {file} comes from the node {node}, which is neither above nor below this one, and was not taken in."
        " Check where that node has joined.",
    ),
    "bundle.forged": (
        "数据包 {file} 的签名不符，不是写明的节点发出的，没有接收。请向发出方核实。",
        "The signature of the bundle {file} is not that of the node it names, and it was not taken in. Ask that node's"
        " people about it.",
    ),
    "bundle.cut": (
        "数据包 {file} 不完整，之前的内容已接收。请换一份完整的拷贝，或重新导出。",
        "The bundle {file} was cut short; what stands before was taken in. Take a whole copy, or export it anew.",
    ),
    "bundle.damaged": (
        "数据包 {file} 从第 {chunk} 块起已损坏，之前的内容已接收。请换一份拷贝，或重新导出。",
        "The bundle {file} is damaged from its chunk {chunk} on; what stands before was taken in. Take another copy, or"
        " export it anew.",
    ),
    "bundle.part_missing": (
        "{file} 之后缺少第 {part} 个文件，之前的内容已接收。请找到缺少的文件后一起导入。",
        "Part {part} is missing behind {file}; what stands before was taken in. Find it and import all parts together.",
    ),
    "bundle.unfinished": (
        "数据包在 {file} 之后还有内容没有找到，已有的内容已接收。请找到其余文件后一起导入，或重新导出。",
        "The bundle goes on behind {file}, and the rest was not found; what is there was taken in. Find the other parts"
        " and import all together, or export it anew.",
    ),
    "bundle.malformed": (
        "数据包里有无法识别的内容（{reason}），之前的内容已接收。请把双方升级到相近的版本后重新导出。",
        "There is something in the bundle that cannot be understood ({reason}); what stands before was taken in. Bring"
        " both nodes to similar versions and export it anew.",
    ),
    "bundle.damaged_here": (
        "本机的一条记录（{id}）与签名时不符，数据包没有处理完。请用 doctor 检查本机。",
        "A record of this node ({id}) is not what was signed, so the bundle was not finished. Examine this node with"
        " doctor.",
    ),
    "bundle.node_ended": (
        "处理数据包时本节点停止了运行。已接收的内容都在，请再执行一次。",
        "This node stopped running while the bundle was worked on. What was taken in is kept; run the command again.",
    ),
}
