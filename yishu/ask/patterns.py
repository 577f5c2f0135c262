"""Patterns 句式: how people say comparison, change, grain, share, rank and reason, in Chinese and English."""

from __future__ import annotations

import re

from yishu.ask.numerals import NUMBER

OWN = re.compile(r"(?:我们|咱们|咱|本|我|俺们|我所在的|所在|自己|该)(?:这个)?(?:科室|科(?!技|研|普)|专科|部门)(?:里|内|的)?|(?:我们|咱们|本|我|咱)(?:病区|病房)(?=.{0,3})|(?<![内外儿妇产骨眼腔肤症染诊疗复瘤液泌心脑肾胸喉鼻口吸泌化])科[里内]|\b(?:my|our|my own|our own) (?:department|dept|unit|ward)(?:'s)?\b")
WHOLE = re.compile(r"全院|全医院|整个医院|院级|全部科室|所有科室|全院各科|whole hospital|entire hospital|hospital-wide|hospitalwide")
MEAN = r"[日月周年科床](?:人)?均|人均|平均每?一?个?[天日月周年人]|每一?个?[天日月周年](?:的)?平均|(?:daily|monthly|weekly) (?:average|mean)|(?:average|mean) (?:per|daily|monthly)(?: day| month)?"
UNIT = r"(?P<u>成|%|个?百分点|个?点|小时|天|日|元|块钱|块|分钟|分|台次?|例|人次|人|名|张|次|千克|公斤|克|周期|percent|minutes|days|yuan|hours)?"
NUM = rf"(?P<pct>百分之|千分之)?(?P<n>{NUMBER}\s?(?:个?[万千百亿kw](?!分))?)\s?{UNIT}"
ABOVE = r"不低于|不少于|不小于|大于等于|大于或等于|至少|最少|达到(?:或超过|了)?|达|>=|≥|at least|no less than"
BELOW = r"不超过|不高于|不大于|不多于|小于等于|小于或等于|最多|至多|<=|≤|at most|no more than|控制在"
OVER = r"超没超过?|过没过|超过了?|超出|高于|大于|多于|高过|突破|超|过了?|破|>|more than|greater than|higher than|above|over|exceeding|exceeded|exceeds?"
UNDER = r"低于|小于|少于|不到|不足|没到|没有?达到|未达到?|未到|没超过|短于|<|less than|lower than|fewer than|below|under"
CMP = rf"(?:(?P<ge>{ABOVE})|(?P<le>{BELOW})|(?P<gt>{OVER}|长于)|(?P<lt>{UNDER}))"
UP = r"(?:暴|猛|激|剧|飙|狂)[涨增升]|增长|上升|升高|上涨|增加|提高|涨|变长|变高|升(?!序)|增|多了|提升|变多|攀升|反弹|增多|走高|上去了|上来了|延长|grew|grown|growth|increas\w*|rise|rose|rising|went up|go up|\bhigher\b(?! than)|up"
DOWN = r"(?:暴|猛|锐|剧|狂)[跌降减]|下降|降低|减少|下滑|下跌|降(?!序)|跌|缩短|变短|变低|减|负增长|(?<!多)少了|掉下来|掉了|掉|走低|滑落|下来了|变少|回落|萎缩|滑坡|decreas\w*|declin\w*|drop\w*|fell|fall\w*|went down|go down|\blower\b(?! than)|reduc\w*"
YOY = r"同比|较去年|比去年|与去年同期|(?:the )?year before(?! last)|year[- ]over[- ]year|year[- ]on[- ]year|yoy|y/y"
MOM = r"(?:[日周月季年]度?)?环比|month[- ]over[- ]month|month[- ]on[- ]month|mom|m/m|(?:the )?(?:day|week|month|quarter) before(?! (?:last|yesterday))|week[- ]over[- ]week|quarter[- ]over[- ]quarter|qoq|较上期|比上期|与上期|较上一期|compared (?:with|to) the previous (?:month|period)"
GRAIN = [
    ("weekday", r"(?:一周|一个?星期|一个?礼拜)(?:之?中|之?内|当中|里面|里头?)?的?(?:星期几|周几|礼拜几)|(?:一周|一个?星期|一个?礼拜|每周)(?:里头?|之?中|之?内|当中|里面)?的?(?:哪一?天|哪几天|各天|每天|每一天)|(?:按|各|每)?(?:星期几|周几|礼拜几)|day of (?:the )?week|by weekday"),
    ("hour", r"(?:各|分|按|每个?|逐)?(?:时段|时间段|小时|钟点)|几点钟?|每小时|逐时|\bhourly\b|(?:by|per|each) hour|which hour"),
    ("day", r"(?:拆|分|细|精确|具体|细化|下钻|钻)到(?:每个?)?[天日]|一天一天|一日一日|挨天|天天儿|(?<=[MC])日(?=G)|每天|每日|逐日|逐天|按天|按日|各天|分天|日趋势|日度|天天|哪(?:一|些|几|\d)?天|每一天|日报|以天为单位|日变化|日走势|\bdaily\b|(?:by|per|each|every|which) day"),
    ("week", r"(?:拆|分|细|精确|具体|细化|下钻|钻)到(?:每个?)?(?:周|星期)|一周一周|一个?星期一个?星期|周(?=趋势|走势|变化|曲线)|每周|每个星期|逐周|按周|各周|分周|周度|哪(?:一|些|几)?个?周|每一周|按星期|每星期|以周为单位|\bweekly\b|(?:by|per|each|every|which) week"),
    ("month", r"(?:拆|分|细|精确|具体|细化|下钻|钻)到(?:每个?)?月份?|一个?月一个?月|月月|挨月|(?<=异常)的?月份?|(?<=[A-Z ])的?月份|(?:十二|12|各|每一|几)个月份?|每个?月|每月份?|逐月|按月份?|各个?月份?|分月份?|月度|哪(?:一|些|几)?个?月份?|月趋势|每一个?月|以月为单位|月变化|月走势|几月份?|按照?月|\bmonthly\b|(?:by|per|each|every|which|month) (?:month|by month)"),
    ("quarter", r"(?:拆|分|细|精确|具体|细化|下钻|钻)到(?:每个?)?季度?|一个?季度?一个?季度?|(?:四|4|几|各)个季度|每个?季度?|逐季度?|按季度?|各个?季度|分季度?|哪(?:一|些|几)?个?季度|季度(?:趋势|变化|走势)|每一季度|以季度为单位|\bquarterly\b|(?:by|per|each|every|which) quarter"),
    ("year", r"(?:拆|分|细|精确|具体|细化|下钻|钻)到(?:每个?)?年度?|一年一年|年年|年度(?=趋势|走势|变化|曲线|的?M|的?C)|每年|逐年|按年度?|各年度?|历年|分年度?|哪(?:一|些|几)?年|年度(?:趋势|变化|走势)|每一年|以年为单位|\byearly\b|\bannually\b|(?:by|per|each|every|which) year"),
]  # fmt: skip
TREND = r"怎么变(?=的|化|$|动)|如何变化|趋势|走势|变化趋势|变化情况|变动情况|变化(?!率|了?多少|了?几|了)|走向|曲线|波动|折线|起伏|\btrends?\b|over time"
SHARE = r"占比|所占比例|占(?:全院|总体|总数)?的?(?:比例|比重|份额|百分比|多少)|比例|构成比?|比重|百分比|份额|各占(?:多少|几成)?|占多少|占了多少|占几成|占(?:全院|全部|总量|总数|总体)|\bshares?\b|proportions?|percentage|breakdown in percent|composition|makeup|what percent"
SPREAD = r"分布|distribution|结构"
EXPLAIN = r"怎么.{0,3}(?:变)?(?:长|短|慢|快|大|小|差)了|主要因素|因素|造成的?|拉低|拉高|拖累|为什么|为何|为啥|什么原因|原因|怎么(?:会|就|回事|又|突然|这么|那么)|归因|是什么导致|导致|咋(?:这么|就|会|回事)|因为什么|\bwhy\b|\breasons?\b|what caused|explain|what drove|怎么.{0,4}(?:涨|降|升|跌|高|低|多|少|长|短|慢|快)(?:了|这么)"
ANOMALY = r"有无异常|异常|不正常|反常|有没有问题|突增|突降|骤升|骤降|离群|不对劲|有问题|突然(?:升高|增加|下降)|anomal\w*|abnormal\w*|outliers?|unusual|spikes?"
HIGH = r"最(?=[MC])|最猛|最凶|最狠|最厉害|最突出|最严重|最紧张|最满|最旺|最火|最热|最高峰|高峰|最(?:高|多|大|长|贵|久|重|快(?=增)|忙|能)|highest|most|largest|longest|greatest|biggest|maximum"
LOW = r"最(?:低|少|小|短|便宜|轻)|lowest|least|smallest|shortest|fewest|minimum"
RANKED_FIRST = r"(?:排|居|列|打|拔|占)(?:在)?(?:头名|头一个|头一位|头里|头筹|榜首|首位|头|尖)|领先|领跑|独占鳌头|名列前茅|一马当先|居首|榜首|首位|老大"
RANKED_LAST = r"吊车尾|拖后腿|排尾|排末尾|末位|倒数第一|最靠后|最后一名|最末|殿后"
BEST = r"(?:表现|做得|管得|控制得|控制|管理得)?最(?:好|优|棒|理想)|\bbest\b"
WORST = r"(?:表现|做得|管得|控制得|控制|管理得)?最(?:差|糟|不好|烂|糟糕)|垫底|\bworst\b"
STRONG = set("岁床药死癌胎孕刀血")
COUNT = r"(?P<k>\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|[一二两三四五六七八九十]{1,3})"
