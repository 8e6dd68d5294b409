"""What is said of papers as PDF, and of the fonts that they need."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "papers.no_font": (
        "这台电脑上没有可以放进 PDF 的中文字体，没有生成 PDF。请返回后用“打印”直接从浏览器打印；需要 PDF 的，请管理员"
        "安装字体（Debian、Ubuntu：apt-get install fonts-noto-cjk），或者用 --font 指明字体文件，再重新启动本站。",
        "There is no Chinese font on this computer that a PDF could hold, so none was made. Go back and print from the"
        " browser; for a PDF, have the administrator install a font (Debian, Ubuntu: apt-get install fonts-noto-cjk) or"
        " name one with --font, and start the station again.",
    ),
    "papers.glyphs_missing": (
        "本机的字体里没有这些字：{characters}。为了不印出空框，没有生成 PDF。请从浏览器打印，并核对这些字；印不出的，"
        "请手工填写并盖校对章。管理员可以用 --font 添加有这些字的字体。",
        "No font here has these characters: {characters}. So that none is printed as an empty box, no PDF is made."
        " Print from the browser and look at them; write by hand what is not there, and seal the correction. The"
        " administrator can add a font that has them with --font.",
    ),
    "papers.fonts_ok": (
        "生成 PDF 用的字体：{names}；GB 18030 二级汉字 {level} 个中有 {held} 个。",
        "Fonts for PDF: {names}; of the {level} ideographs of GB 18030 level 2 they have {held}.",
    ),
    "papers.fonts_missing": (
        "没有找到中文字体，不能生成 PDF；从浏览器打印不受影响。请安装 fonts-noto-cjk，或者用 --font 指明字体文件。",
        "No Chinese font was found, so there is no PDF; printing from the browser goes on. Install fonts-noto-cjk, or"
        " name a font file with --font.",
    ),
    "papers.font_unreadable": (
        "字体文件 {path} 不能读取（{reason}）。请确认文件完整、本站有权读取，或者换一个字体文件。",
        "The font file {path} cannot be read ({reason}). Make sure that it is whole and may be read here, or name"
        " another.",
    ),
}
