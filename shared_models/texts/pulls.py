"""Sentences on cases that are continued at another station: asked for by their number, and given back."""

SENTENCES: dict[str, tuple[str, str]] = {
    "pulls.asked": (
        "已请求，等待上级送达。联网后自动上报，办件送到后就在本站继续办理。",
        "The case was asked for. The request goes up with the line, and the case comes down to this station.",
    ),
    "pulls.released": (
        "已登记退还。上级收到后，这件办件的内容从本站删除。",
        "The case is given back. Once the hub has heard of it, what is here is deleted.",
    ),
    "pulls.ended": (
        "已结束这次调取，站点收到后会删除这件办件的内容。",
        "The pull is ended; the station deletes what it holds of the case once it has heard of it.",
    ),
    "pulls.waiting_here": (
        "已请求，等待上级送达：请求已存本机，联网后自动上报。",
        "The case was asked for: the request is saved here and goes up as soon as the line is back.",
    ),
    "pulls.waiting_district": (
        "已请求，等待上级送达：区政务服务中心已收到请求。",
        "The case was asked for: the district’s hub has the request. Please wait for the case.",
    ),
    "pulls.waiting_city": (
        "已请求，等待上级送达：市政务服务中心已收到请求。",
        "The case was asked for: the city’s hub has the request. Please wait for the case.",
    ),
    "pulls.unknown": (
        "市政务服务中心已收到请求，目前没有这个编号的办件。请核对编号；编号无误的，办件上报后会自动送到本站。",
        "The city’s hub has the request and holds no such case yet. Check the number; if it is right, the case comes"
        " here by itself once it has gone up.",
    ),
    "pulls.limit": (
        "本站这一天调取的办件已满 {most} 件，这件没有送来。请撤销这次请求，第二天再提出；急需的请联系上级主管。",
        "This station was given {most} cases that it asked for on that day, so this one was not sent. Take the request"
        " back and ask again the next day; if it is urgent, call the hub above.",
    ),
    "pulls.given_back": (
        "本站已退还这件办件，内容已从本站删除；需要时可以再次调取。",
        "This station has given the case back, and what was here is deleted; it can be asked for again.",
    ),
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
