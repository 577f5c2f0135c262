"""Turnstile: first come, first through; who gives up leaves no trace."""

import threading

from yishu.kernel.turnstile import Turnstile


def test_the_waiting_go_in_the_order_they_came_and_nobody_overtakes() -> None:
    gate, order, threads = Turnstile(1), list[int](), list[threading.Thread]()
    assert gate.enter()

    def person(number: int) -> None:
        with gate:
            order.append(number)

    for number in range(20):
        threads.append(threading.Thread(target=person, args=(number,)))
        threads[-1].start()
        while gate.waiting <= number:  # he stands in line before the next comes
            pass
    gate.leave()
    with gate:  # the one who just left stands behind those who were there
        order.append(99)
    for thread in threads:
        thread.join(10)
    assert order == [*range(20), 99]


def test_who_gives_up_takes_no_place() -> None:
    gate = Turnstile(2)
    assert gate.enter() and gate.enter()
    assert not gate.enter(0.0) and gate.waiting == 0
    gate.leave()
    assert gate.enter(0.0) and not gate.enter(0.0)
    gate.leave()
    gate.leave()
    assert gate.enter(0.0) and gate.enter(0.0) and not gate.enter(0.0)
