"""Sentences on cases that are continued at another station: asked for by their number, and given back."""

SENTENCES: dict[str, tuple[str, str]] = {
    "pulls.not_a_station": (
        "只有服务站能调取办件到本站继续办理，请在窗口操作。",
        "Only a station can ask for a case and go on with it; please do this at the counter.",
    ),
    "pulls.here_already": (
        "这件办件已经在本站，不用调取，直接办理即可。",
        "This case is at this station already; there is no need to ask for it.",
    ),
    "pulls.asked_already": (
        "本站已经请求过办件 {number}，请等待上级送达；不再需要的，请先撤销请求。",
        "This station has asked for case {number} already; please wait, or take the request back first.",
    ),
    "pulls.reason_missing": (
        "调取他站办件必须说明原因，请选择一项。",
        "A reason is needed to ask for another station’s case; please choose one.",
    ),
    "pulls.note_missing": (
        "选择“其他”的，请写明原因。",
        "Please write the reason where you chose “another reason”.",
    ),
    "pulls.note_too_long": (
        "说明最多 {most} 个字，请缩短后再提交。",
        "The note may have {most} characters at most; please shorten it.",
    ),
    "pulls.nothing_to_release": (
        "这件办件没有可以退还的调取，无需操作。",
        "There is nothing to give back: nobody there has asked for this case.",
    ),
    "pulls.not_yours": (
        "这次调取不是本站提出的，也不在本级辖区内，不能退还，请联系提出调取的服务站或其上级。",
        "This request is neither this station’s nor of this hub’s area; ask the station that made it or the hub above.",
    ),
    "pulls.written": (
        "调取的站点已经在这件办件里办理过，办件保留在该站，不能退还。",
        "The station that asked for this case has written into it: it stays there and cannot be given back.",
    ),
}
