"""问数: ten turns as director, department head and nurse; chips, doors, refusals; wide and narrow, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, SKINS, WIDE, OpenPage, follow, go, settle, sound


def say(page: Page, question: str) -> Locator:
    """Ask and wait for the answer."""
    answers = page.locator(".ask-answer")
    before = answers.count()
    box = page.get_by_role("combobox", name="问一个指标")
    box.fill(question)
    box.press("Enter")
    expect(answers).to_have_count(before + 1)
    last = answers.last
    expect(last.locator(".said-sentence")).to_be_visible(timeout=30_000)
    settle(page)
    return last


def chips(answer: Locator) -> list[str]:
    return [text.strip() for text in answer.locator(".chips .chip").all_inner_texts()]


def test_a_directors_ten_turns(visit: OpenPage) -> None:
    seen = visit("director")
    page = seen.page
    page.get_by_role("navigation", name="主菜单").get_by_text("问数").click()
    settle(page)
    first = say(page, "上个月门诊人次")
    assert "门诊人次" in first.inner_text() and "全院" in chips(first)
    assert "上期" in say(page, "环比呢").locator(".said-sentence").inner_text()
    split = say(page, "按科室拆开")
    assert split.locator(".askbars li").count() > 3
    assert "从高到低" in " ".join(chips(say(page, "前五名")))
    assert "按月" in " ".join(chips(say(page, "今年每月医疗收入")))
    assert page.locator(".ask-answer").last.get_by_role("img").first.is_visible()
    asked = say(page, "王磊医生上个月手术台次")
    assert asked.get_by_role("group", name="请选一个").get_by_role("button").count() == 2
    asked.get_by_role("button", name="王磊(骨科)").click()
    expect(page.locator(".ask-answer")).to_have_count(7)
    expect(page.locator(".ask-answer").last.locator(".said-sentence")).to_contain_text("手术台次")
    assert "口径" in say(page, "药占比怎么算的").inner_text() or "公式" in page.locator(".ask-answer").last.inner_text()
    refused = say(page, "张三得了什么病")
    assert "个人信息" in refused.inner_text() and refused.locator(".said-hint").is_visible()
    why = say(page, "上周出院人次为什么变了")
    assert why.locator(".causes section").count() > 0
    assert page.locator(".ask-answer").count() == 10
    assert seen.faults == []


@pytest.mark.parametrize("name", ["head_ortho", "nurse_ortho"])
def test_ten_turns_of_department_people(visit: OpenPage, name: str) -> None:
    seen = visit(name)
    page = seen.page
    go(page, "/ask")
    for question in ("我们科上个月出院人次", "环比呢", "换成平均住院日", "换成按月", "上个月床位使用率", "我们科上个月各医生手术台次", "从高到低排"):
        answer = say(page, question)
        assert any("科室：骨科" in chip for chip in chips(answer)), (question, answer.inner_text())
    other = say(page, "心内科上个月出院人次")
    assert other.locator(".said-sentence[data-refused]").is_visible() and other.locator(".chips").count() == 0
    way = other.get_by_role("group", name="可以这样").get_by_role("button")
    way.first.click()
    expect(page.locator(".ask-answer")).to_have_count(9)
    expect(page.locator(".ask-answer").last.locator(".said-sentence")).to_contain_text("骨科")
    settle(page)
    say(page, "爽约率的口径")
    assert page.locator(".ask-answer").count() == 10
    fixed = page.locator(".ask-answer").nth(0).locator(".chip[data-fixed]")
    assert "骨科" in fixed.inner_text()
    assert seen.faults == []


def test_a_chip_changes_the_question_and_a_figure_opens_its_rows(visit: OpenPage) -> None:
    page = visit("director").page
    go(page, "/ask?q=" + "上个月骨科出院人次")
    expect(page.locator(".ask-answer .said-sentence")).to_contain_text("出院人次", timeout=30_000)
    page.get_by_role("button", name="改条件 2026年5月").click()
    page.get_by_role("button", name="今年", exact=True).click()
    expect(page.locator(".ask-answer")).to_have_count(2)
    last = page.locator(".ask-answer").last
    expect(last.locator(".said-sentence")).to_contain_text("2026年")
    settle(page)
    number = last.locator(".said-figure").first.inner_text()
    last.get_by_role("button", name="答对了").click()
    expect(last.get_by_role("status")).to_contain_text("谢谢")
    follow(page, last.locator(".said-figure a.door").first, "/metrics/discharges")
    expect(page.locator(".clicked")).to_contain_text(number.replace("人次", ""))  # the cell comes after the page
    follow(page, page.get_by_role("button", name="查看明细"), "/evidence?")
    page.go_back()
    page.go_back()
    expect(page.locator(".ask-answer")).to_have_count(2)


def test_suggestions_by_initials_and_keys(visit: OpenPage) -> None:
    page = visit("director").page
    go(page, "/ask")
    box = page.get_by_role("combobox", name="问一个指标")
    box.press_sequentially("mzrc", delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("门诊人次")
    box.press("ArrowDown")
    chosen = options.first.inner_text()
    box.press("Enter")
    expect(page.locator(".ask-question")).to_contain_text(chosen)
    expect(page.locator(".ask-answer .said-sentence")).to_be_visible(timeout=30_000)
    expect(box).to_be_focused()


def test_what_is_learnt_is_for_stewards(visit: OpenPage, tmp_path: Path) -> None:
    asker = visit("finance").page
    go(asker, "/ask")
    say(asker, "上个月体检人次多少")
    assert asker.get_by_text("没答上的").count() == 0
    seen = visit("quality")
    page = seen.page
    go(page, "/ask")
    page.get_by_text("没答上的").click()
    settle(page)
    expect(page.get_by_role("region", name="没答上的问题")).to_contain_text("体检人次")
    sound(seen, tmp_path, "learnt")


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_the_screen_is_sound(visit: OpenPage, tmp_path: Path, size: tuple[int, int], skin: str) -> None:
    seen = visit("director", size=size, skin=skin)
    page = seen.page
    go(page, "/ask")
    sound(seen, tmp_path, "welcome")
    say(page, "上个月各科室出院人次同比")
    say(page, "今年每月门诊人次")
    say(page, "次均费用是多少")
    say(page, "上个月出院人次为什么变了")
    sound(seen, tmp_path, "conversation")
