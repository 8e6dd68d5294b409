"""Sentences on moving a node to another parent."""

SENTENCES: dict[str, tuple[str, str]] = {
    "moving.moved": (
        "“{name}”（{area}）已改接到 {address}。业务数据和密钥都没有变；新的上级签收之前，办件显示为“已存本机”。",
        "{name} ({area}) now syncs with {address}. Data and key are the same; until the new hub has signed for them"
        " cases show as saved here.",
    ),
    "moving.other_place": (
        "这个邀请是给区划 {area} 的，与本站的区划不同，没有改接。请新的上级中心按本站的区划发出邀请。",
        "This invitation is for area {area}, not for this station's; nothing was changed. Ask the new hub to invite"
        " this station's own area.",
    ),
    "moving.other_city": (
        "这个邀请来自另一个城市的系统，没有改接。请向本市的区或市级中心索取邀请。",
        "This invitation comes from another city's system; nothing was changed. Ask a hub of this city for one.",
    ),
}
