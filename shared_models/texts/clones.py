"""Sentences on a node that runs twice."""

SENTENCES: dict[str, tuple[str, str]] = {
    "clones.running_twice": (
        "节点“{name}”（{area}，{node}）有两份同时在运行，可能整盘复制过，或者密钥被盗。两份的记录都会保留。"
        "请停用其中一份；密钥可能外泄的，请吊销该节点。处理后由区或市监督员在“待核记录”页说明并关闭。",
        "Node {name} ({area}, {node}) runs twice at the same time: its disk was cloned, or its key was stolen. The"
        " records of both are kept. Stop one of the two, or revoke the node where its key may be in the wrong hands;"
        " then a supervisor of the hub says so on the page of held records and closes this.",
    ),
    "clones.none": ("没有发现节点重复运行。", "No node runs twice."),
    "clones.closed": ("重复运行的提醒已关闭。", "The alarm is closed."),
    "clones.unknown": (
        "没有这条提醒，或者已经有人处理。请刷新页面。",
        "There is no such alarm, or somebody has closed it. Load the page again.",
    ),
    "clones.goes_on": (
        "请选择哪一份继续使用，或者两份都停用。",
        "Choose which of the two goes on, or that neither does.",
    ),
}
