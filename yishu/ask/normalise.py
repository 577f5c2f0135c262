"""Normalise 规整: one width, one script, one case, no ornaments; the length of the text may change."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_LENGTH = 400
PLAIN = re.compile("[\u4e00-\u9fff]{1,400}")
NAME = re.compile("[\u4e00-\u9fff0-9A-Za-z()]{1,400}")  # nothing here but script and case to set right
TRADITIONAL = str.maketrans(
    "門診個這麼數術員醫療費藥佔價額東區總產兒婦內學單時間長會對與來請問嗎較過現從檢驗實際幾誰種類險職鎮鄉級別達標準處應該優調異變趨勢構圖線條報錄華萬億歲齡歷屆節國慶號點兩雙複週滿無關係統計劃開給讓將後還沒極測試運營業務負債盤盡據庫範圍環轉換頭腫腎臟壓顱輕縣廣場買賣讀寫聽說話電網頁參麗偉劉陳張楊趙吳黃孫馬鄭謝韓許鄧馮爲為裡裏約強終結護進於採購貴賓復淨漲減勞陽陰連續預搶藍專師備證資倉儲鐘鍾鬧臨飛願壽傷斷糖臺檯颱幣喪亞癥症廳機項簽訂齊併並餘錢賺哪沖佈鄰維輸隨隊隱雜難靜響顯髮發體鹼黨齒龍龜",
    "门诊个这么数术员医疗费药占价额东区总产儿妇内学单时间长会对与来请问吗较过现从检验实际几谁种类险职镇乡级别达标准处应该优调异变趋势构图线条报录华万亿岁龄历届节国庆号点两双复周满无关系统计划开给让将后还没极测试运营业务负债盘尽据库范围环转换头肿肾脏压颅轻县广场买卖读写听说话电网页参丽伟刘陈张杨赵吴黄孙马郑谢韩许邓冯为为里里约强终结护进于采购贵宾复净涨减劳阳阴连续预抢蓝专师备证资仓储钟钟闹临飞愿寿伤断糖台台台币丧亚症症厅机项签订齐并并余钱赚哪冲布邻维输随队隐杂难静响显发发体碱党齿龙龟",
)
HURRY = re.compile(r"[,，。 ]*(?:急+|在线等|急用|急需|等着用|谢谢+|多谢|thx|thanks|thank you|pls|please)[!！。.~]*$")
POLITE = re.compile(r"^(?:(?:医枢|小医|小枢)+|[\u4e00-\u9fff]{2,4}要的|院长|书记|主任|领导|老师|医枢|小医|小枢|你好|您好|hello|hi|hey)[,，!！。:： ]+")


def normalise(text: str) -> str:
    """The question in half width, simplified script, lower case, single spaces, cut at MAX_LENGTH."""
    if PLAIN.fullmatch(text):
        return text.translate(TRADITIONAL)[:MAX_LENGTH]
    text = unicodedata.normalize("NFKC", text[: MAX_LENGTH * 4])
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Mn") else c for c in text)
    text = text.translate(TRADITIONAL).lower()
    text = text.replace("“", '"').replace("”", '"').replace("’", "'").replace("‘", "'").replace("—", "-").replace("–", "-").replace("～", "~")
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", text)  # blanks between Chinese characters mean nothing
    text = re.sub(r"(?<=\d) (?=[\u4e00-\u9fff%])|(?<=[\u4e00-\u9fff]) (?=\d)", "", text)
    text = HURRY.sub("", text)
    while (cut := POLITE.sub("", text, count=1)) != text:
        text = cut
    return text[:MAX_LENGTH]


@lru_cache(maxsize=200_000)
def named(name: str) -> str:
    """A name of the catalogue, normalised; kept, since a lexicon is built anew on every publish. Questions are never kept."""
    return name.translate(TRADITIONAL).lower() if NAME.fullmatch(name) else normalise(name)
