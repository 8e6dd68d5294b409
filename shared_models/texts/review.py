"""Sentences on the review of drafts by a second person."""

SENTENCES: dict[str, tuple[str, str]] = {
    "review.own": (
        "这份草稿最后是您本人改的，须由另一个人审核。请由本中心的另一位管理员或监督员登录审核；如果还没有第二个人，"
        "请在“账号”页添加，或执行 tongban-hub account add DATA --login … --name … --role supervisor。",
        "You changed this draft last, so somebody else must review it: another administrator or supervisor of this"
        " hub. Where there is no second person yet, add an account on the page Accounts, or with tongban-hub account"
        " add DATA --login … --name … --role supervisor.",
    ),
    "review.unknown": (
        "没有编码为 {item} 的草稿，可能已发布撤下或被删除。请刷新列表。",
        "There is no draft with the code {item}; it may have been withdrawn or deleted. Load the list again.",
    ),
    "review.not_now": (
        "这份草稿现在不能这样处理，它的状态已经变了。请刷新后再看。",
        "This cannot be done with the draft as it stands now. Load the page again and look at its state.",
    ),
    "review.incomplete": (
        "“{name}”还有必须修改的地方，不能送审。请先按提示补全。",
        "“{name}” still has errors and cannot be reviewed. Mend them first.",
    ),
    "review.changed": (
        "“{name}”在您查看之后又改过，没有审核。请重新查看再审。",
        "“{name}” has changed since you looked at it and was left as it is. Look at it again.",
    ),
    "review.word_missing": (
        "退回要写明理由，起草人才知道改什么。请填写理由。",
        "Say why it is sent back, so that the author knows what to mend.",
    ),
    "review.word_too_long": (
        "意见最多 {most} 个字，请写短一些。",
        "A word on a draft has at most {most} characters.",
    ),
    "review.stale": (
        "“{name}”所继承的基本目录在审核之后变了，没有发布。请退回这份草稿，重新送审。",
        "What “{name}” inherits from the base list has changed since it was approved, and nothing was published. Send"
        " the draft back and have it reviewed again.",
    ),
    "review.which": (
        "没有说明处理哪些草稿。请写出事项编码，或者选择全部。",
        "It was not said which drafts. Give the codes of items, or choose all.",
    ),
    "review.state_unknown": (
        "没有这种状态。可用的有：{known}。",
        "There is no such state. There are: {known}.",
    ),
    "review.login_needed": (
        "审核要知道是谁审的。请加上 --login 和密码（--password-stdin），或在浏览器里登录后审核。",
        "It must be known who reviews. Add --login with the password (--password-stdin), or review in the browser.",
    ),
    "review.not_a_reviewer": (
        "这个账号不能审核目录草稿，管理员和监督员才能。请换一个账号。",
        "This account may not review drafts; administrators and supervisors may. Use another one.",
    ),
    "review.moved_submit": (
        "已送审 {number} 份草稿。请另一位管理员或监督员审核。",
        "{number} drafts were handed in. Another administrator or supervisor reviews them.",
    ),
    "review.moved_approve": (
        "已通过 {number} 份草稿，可以发布。",
        "{number} drafts were approved and may be published.",
    ),
    "review.moved_return": (
        "已退回 {number} 份草稿，理由已写在上面。",
        "{number} drafts were sent back, with the reason.",
    ),
    "review.left": (
        "另有 {number} 份没有处理：{reason}",
        "{number} others were left: {reason}",
    ),
    "review.standing": (
        "待送审 {drafted} 份，待审核 {submitted} 份，已退回 {returned} 份，已通过 {approved} 份。",
        "{drafted} to be handed in, {submitted} to be reviewed, {returned} sent back, {approved} approved.",
    ),
    "review.own_some": (
        "最后是审核人自己改的，须由另一个人审核。",
        "the reviewer changed them last, and somebody else must review them.",
    ),
    "review.changed_some": (
        "查看之后又改过，请重新查看再审。",
        "they have changed since they were looked at.",
    ),
    "review.not_now_some": (
        "状态已经变了，请刷新后再看。",
        "their state has changed meanwhile.",
    ),
    "review.incomplete_some": (
        "还有必须修改的地方，不能送审。",
        "they still have errors and cannot be reviewed.",
    ),
    "review.unknown_some": (
        "草稿已不在，请刷新列表。",
        "they are no drafts any more.",
    ),
    "review.line_drafted": ("{item} {name}：待送审。", "{item} {name}: to be handed in."),
    "review.line_submitted": ("{item} {name}：待审核。", "{item} {name}: to be reviewed."),
    "review.line_returned": ("{item} {name}：已退回，意见：{word}。", "{item} {name}: sent back: {word}."),
    "review.line_approved": ("{item} {name}：已通过，意见：{word}。", "{item} {name}: approved: {word}."),
    "review.not_yours": (
        "监督员审核草稿，不起草也不送审。请由管理员送审。",
        "Supervisors review drafts and hand none in. An administrator does that.",
    ),
    "review.done_submit": (
        "已送审。请另一位管理员或监督员审核。",
        "Handed in. Another administrator or supervisor reviews it.",
    ),
    "review.done_approve": ("已通过审核，可以发布。", "Approved, and may be published."),
    "review.done_return": ("已退回，理由已写在草稿上。", "Sent back, with the reason."),
    "review.done_some": (
        "已处理。有些草稿没有动：是您自己改的，或者您查看之后又改过，仍在列表里。",
        "Done. Some drafts were left: you changed them last, or they changed since you looked. They are still listed.",
    ),
    "review.nothing_approved": (
        "没有通过审核的改动，没有发布新版本。有 {number} 份草稿还没有通过：请送审，并由另一位管理员或监督员审核。",
        "No change is approved, so no version was made. {number} drafts are not approved yet: hand them in, and have"
        " another administrator or supervisor review them.",
    ),
}
