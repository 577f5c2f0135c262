"""Words 功能词: the small words of a question that carry no metric, so that what is left over is honestly unknown."""

from __future__ import annotations

import re

FILLERS = """是多少 有多少 多少 是几 几个 几台 几天 几次 几例 几人 几 怎么样 怎样 如何 咋样 怎么 情况 状况 表现 水平 数据 数值 数字 指标 统计 汇总 合计 总计 总共 一共 共计 累计 共 加起来 总 合起来 整体 总体 全部 所有 整个 全院 全院的 医院 我院 本院 咱院 咱们院 我们院 我们医院 咱们医院 咱们 我们 院里 院内 大家
请问 请 麻烦 帮我 帮忙 帮 给我 给 我想 我要 想 要 看一下 看一看 看看 看下 看 查一下 查一查 查查 查询 查下 查 了解一下 了解 知道 告诉我 告诉 说说 说一下 讲讲 显示 展示 列出 列一下 列 统计一下 分析一下 分析 算一下 算算 拉一下 拉 出一下 调一下 调出 提供 汇报 报一下 报 输出 导出 生成 做个 弄 能不能 能 可以 可否 是否 一下 下 吧 呢 吗 嘛 么 啊 呀 哦 哈 哎 诶 嗯 那 那么 的 了 地 得 着 过 是 有 在 为 和 与 跟 及 以及 还有 并 且 而 或 或者 把 将 对 从 到 至 于 中 里 内 里面 之中 当中 期间 这个 那个 这 那 各自 各 分别 每个 每 哪个 哪些 哪几个 哪 谁 什么 啥 何 人 个 家 名 位 种 台 例 次 张 天 元 块 钱 分钟 分 小时 科 患者 病人 的人 人群 群体 人员 人次 数量 数目 量 数 值 率 金额 大概 大约 左右 具体 目前 现在 当前 最新 现有 眼下 当下 截止 截至 最近 近期 近来 这段时间 实际 已经 已 一直 都 也 还 再 又 就 只 才 仅 单 另外 另 其中 其 它 他们 发生 完成 达到 做 做了 开展 实施 产生 收治 来 来了 去 进行 进来 出来 走 比较 相比 对比 比 之 上 大 小 所 以 按 按照 根据 依据 分 拆 拆开 拆分 看的 用 使用 下来 单独 单看 只看 就看 仅看 只要 只 限 仅限 情形 变化 变动 波动 发展 记录 报表 报告 图 图表 曲线 图形 折线图 柱状图 饼图 清单 列表 明细表 一览 如下 以下 平均 平均值 均值 占 全 每人 我 你 您 们 院 期 时 时候 间 段 吧 处 方面 部分 这边 那边 不同 类型 类 新 老 一 两 第 数据表 , . ? ! ; : ， 。 ？ ！ ； ： 、 ~ - ( ) " ' / % # * = [ ] { } < > & @ ^ _ | \\ + ` $ 谢谢 多谢 辛苦 领导 主任 院长 急 快 马上 赶紧 今 当 说 问 问一下 想问 想知道 想看 需要 关心 重点 关注 一些 一点 点 真 真的 到底 究竟 有没有 没有 没 不 会 应该 该 挺 很 太 好像 似乎 感觉 觉得 咱 咱家 我家 门 住 住院 出 入 看病 就医 就诊 来院 来看 来看病 患 病 病例 病案 例数 号 吃 拿 干 工作 业务 去看 诊 成 本 该院 本部门 费 总的 总量 总数 总额 结果 用户 业务 期内 全年 整年 全月 当月 当年 当天 下面 上面 刚才 刚刚 之前 前面 此 同 一样 同样 呗 喽 咧 啦 哟 唉 额 这样 那样 然后 接着 接下来 顺便 首先 先 最后 后 前 起 开始 结束 止 为止 分布情况 收 开 出院 过来 比一比 比比 多 少 高 低 长 短 好 差 吗 高不高 多不多 大不大 长不长 低不低 正常 正不正常 理想 多大 多高 多长 多久 多长时间 能否 院长想 领导要 汇报用 开会用 上会 一块 一起 一并 同时 一同 都是 涉及 属于 相关 有关 关于 至于 方面 来说 来讲 而言 角度 维度 口 类 服务 接待 办理 处理 总院区的 是啥 有啥 咋 咋个 多少钱 多少人 多少天 多少次 多少台 多少例 多少分钟 多少元 多少分 什么样 什么情况 啥情况 啥样 什么水平 怎么样了 进展 走 当班 值 得到 拿到""".split()
ENGLISH_FILLERS = """how many much what which was were is are the a an of in for at by on to from me my our we us show list give tell get find please number total overall hospital whole and or did do does have had has there with per each every all count value figure figures data statistics stats report rate level it its this that these those who whom where as about can could you i want need see know let s look like would display current currently now latest average mean patients patient cases case people over during between come came seen treated performed done made make happened across whose their them be been so far up only just also among within into out us vs compared compare versus than against break down breakdown broken split grouped group according department departments doctor doctors chart graph table plot trend trends change changed changes rank ranking ranked top bottom highest lowest most least best worst longest shortest more less fewer greater higher lower above below least at exceed exceeding exceeded exceeds over under analysis analyze analyse percent percentage % minutes days yuan share proportion distribution respectively both same time period year month week day quarter daily weekly monthly quarterly yearly annual then first last good bad any unit use used using inpatients admitted""".split()
_WORDS = sorted({w for w in (*FILLERS, *ENGLISH_FILLERS) if len(w) > 0}, key=len, reverse=True)
_CHINESE = [w for w in _WORDS if not w.isascii() or not w.isalpha()]
_LATIN = [w for w in _WORDS if w.isascii() and w.isalpha()]
PLAIN = re.compile("|".join(map(re.escape, _CHINESE)))
LATIN = re.compile(r"\b(?:" + "|".join(map(re.escape, _LATIN)) + r")\b")


def leftover(template: str) -> list[str]:
    """What no rule and no small word accounts for, as runs of characters."""
    text = re.sub(r"[A-Z]", "|", template)
    text = LATIN.sub(" ", text)
    text = PLAIN.sub(" ", text)
    runs = [r.strip() for r in re.split(r"[|\s\d]+", text)]
    return [r for r in runs if r]
