"""Names 姓名: plausible Chinese names by sex, built column-wise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Strings = NDArray[np.object_]

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
COMPOUND = ("欧阳", "上官", "司马", "诸葛")
MALE = "伟强军磊勇涛明超刚平辉鹏华飞建国志文斌俊杰浩宇鑫波宁凯健峰龙海东林晨旭阳帆博轩泽毅诚子铭昊然坤振永安庆松柏江川立新民祥瑞康"
FEMALE = "芳娜秀英敏静丽艳娟霞玲燕红梅莉琳雪婷慧颖洁倩蕾佳欣怡悦萍云洋丹琴凤兰珍春菊香月妍晴涵梦瑶思雨诗琪可心宁馨曼凡岚蓉薇瑾瑜彤贞淑桂惠"
RARE = "𬍛㛃䶮𫖮"

_WEIGHTS = 1.0 / (np.arange(len(SURNAMES)) + 6.0)
_WEIGHTS /= _WEIGHTS.sum()


def _pick(letters: str, at: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.array(list(letters))[at]


def surnames(rng: np.random.Generator, count: int) -> NDArray[np.str_]:
    """Surnames 姓 by frequency; one in two hundred is a double one."""
    single = _pick(SURNAMES, rng.choice(len(SURNAMES), count, p=_WEIGHTS)).astype("U2")
    double = rng.random(count) < 0.005
    single[double] = np.array(COMPOUND)[rng.integers(0, len(COMPOUND), int(double.sum()))]
    return single


def given(rng: np.random.Generator, female: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Given names 名: one or two characters by sex."""
    count = len(female)
    first = np.where(female, _pick(FEMALE, rng.integers(0, len(FEMALE), count)), _pick(MALE, rng.integers(0, len(MALE), count)))
    second = np.where(female, _pick(FEMALE, rng.integers(0, len(FEMALE), count)), _pick(MALE, rng.integers(0, len(MALE), count)))
    both = rng.random(count) < 0.74
    return np.where(both, np.char.add(first, second), first)
