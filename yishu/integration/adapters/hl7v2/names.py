"""Names 段名与字段名 (HL7 v2.5.1 chapters 2, 3, 4, 6, 7, 10), in Chinese for people; and which fields are identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SEGMENTS: Mapping[str, str] = MappingProxyType(
    {
        "MSH": "消息头", "EVN": "事件", "PID": "患者", "PD1": "患者补充", "NK1": "亲属", "PV1": "就诊", "PV2": "就诊补充", "MRG": "合并",
        "ORC": "医嘱公共部分", "OBR": "申请/报告", "OBX": "结果", "NTE": "备注", "SPM": "标本", "RXO": "药品医嘱", "RXE": "药品编码医嘱", "RXD": "发药",
        "RXA": "用药", "RXR": "给药途径", "DG1": "诊断", "PR1": "操作", "AL1": "过敏", "IN1": "保险", "GT1": "担保人", "SCH": "预约", "RGS": "资源组",
        "AIS": "服务", "AIG": "资源", "AIL": "地点", "AIP": "人员", "FT1": "费用", "TXA": "文书", "MFI": "主文件", "MFE": "主文件条目", "STF": "人员",
        "MSA": "应答", "ERR": "错误", "SFT": "软件", "ROL": "角色", "TQ1": "时间数量",
    }
)  # fmt: skip
_TEXT = {
    "MSH": "3发送系统 4发送机构 5接收系统 6接收机构 7消息时间 9消息类型 10消息控制号 11处理方式 12版本 15接受应答 16应用应答 18字符集 21规范",
    "EVN": "1事件类型 2记录时间 3计划时间 5操作者 6事件时间",
    "PID": "1序号 2患者外部号 3患者标识 4备用标识 5姓名 6母亲姓名 7出生日期 8性别 9别名 10种族 11住址 13家庭电话 14工作电话 15语言 16婚姻 18账号 19社保号 21母亲标识 22民族 24多胎 25胎次 29死亡时间 30死亡",
    "NK1": "2姓名 3关系 4住址 5电话",
    "PV1": "2就诊类别 3位置 4入院类型 6原位置 7主治医生 8转诊医生 9会诊医生 10科室 14入院途径 15行动 17收治医生 18患者类型 19就诊号 36出院去向 44入院/就诊时间 45出院时间",
    "MRG": "1被合并标识 3被合并账号 7被合并姓名",
    "ORC": "1医嘱控制 2开单号 3执行号 4医嘱组 5状态 7时间数量 9时间 10录入者 12开单医生 13科室 29医嘱类型",
    "OBR": "2开单号 3执行号 4项目 6申请时间 7采集/检查时间 14接收时间 16开单医生 20执行方字段 22报告时间 24科别 25状态 32解释者",
    "OBX": "1序号 2值类型 3项目 4子号 5结果 6单位 7参考范围 8异常标志 11状态 14观察时间 15生产者 16责任人 19分析时间",
    "SCH": "1开单预约号 2执行预约号 6事件原因 7预约原因 11时间 16联系人 25状态",
    "AIS": "3服务 4开始 7时长 8单位", "AIP": "3人员 6开始", "AIL": "3地点",
    "FT1": "2流水号 3批号 4时间 6类型 7项目 10数量 11金额 12单价 13科室 16位置 19诊断 21开单者",
    "DG1": "3诊断 5时间 6类型", "RXO": "1药品 2最小量 4单位 5剂型 11发药量", "TXA": "2文书类型 4时间 5主要提供者 12文书号 17完成状态",
    "AL1": "2类型 3过敏原 4程度 5反应", "SPM": "2标本号 4类型 17采集时间 18接收时间", "ERR": "2位置 3代码 4严重度 7诊断信息 8用户信息", "MSA": "1应答码 2控制号 3说明",
    "ZGH": "1挂号类别 2名称 3初复诊 4渠道 5预约号", "ZJZ": "1报到 2接诊 3结束", "ZYB": "1医保代码 2医保", "ZYY": "1渠道 2渠道名 3预约时间 4号源 5初复诊", "ZZK": "1转科记录号",
}  # fmt: skip


def _fields(text: str) -> Mapping[int, str]:
    out: dict[int, str] = {}
    for word in text.split():
        digits = word[:2] if word[1:2].isdigit() else word[:1]
        out[int(digits)] = word[len(digits) :]
    return MappingProxyType(out)


FIELDS: Mapping[str, Mapping[int, str]] = MappingProxyType({name: _fields(text) for name, text in _TEXT.items()})
IDENTIFIERS: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "PID": {2: "card", 3: "card", 4: "card", 5: "name", 6: "name", 9: "name", 11: "address", 12: "address", 13: "phone", 14: "phone", 18: "card", 19: "id_card", 20: "card", 21: "card"},
        "NK1": {2: "name", 4: "address", 5: "phone", 6: "phone", 7: "phone", 30: "name", 31: "phone", 32: "address", 33: "card"},
        "MRG": {1: "card", 2: "card", 3: "card", 4: "card", 5: "card", 6: "card", 7: "name"},
        "IN1": {2: "card", 16: "name", 19: "address", 36: "card", 49: "card"},
        "GT1": {2: "card", 3: "name", 4: "name", 5: "address", 6: "phone", 7: "phone", 12: "id_card", 19: "card"},
        "PD1": {4: "card"},
        "NTE": {3: "text"},
    }
)  # fmt: skip
