"""The ways through an item: which situations an answer leads to, which steps lead to the end, and where it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared_models.catalogue.codes import AT_COUNTER
from shared_models.catalogue.findings import Finding, found
from shared_models.catalogue.items import Item, Step

Graph = Mapping[str, tuple[str, ...]]
"""Code of a step -> codes of the steps that come next."""


def ways(item: Item) -> Iterator[Finding]:
    """Situations that no answer reaches, steps that lead nowhere, and an item that no counter does."""
    yield from _situations(item)
    yield from _steps(item.steps)
    if AT_COUNTER not in item.channels:
        yield found("catalogue.no_counter", "channels")


def days_in_all(steps: Sequence[Step]) -> int:
    """Working days from the first step to the last, parallel ones beside each other. Steps in a cycle count once."""
    if not any(step.after for step in steps):
        return sum(step.limit_days or 0 for step in steps)
    done: dict[str, int] = {}
    for step in _in_order(steps):
        begin = max((done.get(code, 0) for code in before(steps, step)), default=0)
        done[step.code] = begin + (step.limit_days or 0)
    return max(done.values(), default=0)


def before(steps: Sequence[Step], step: Step) -> tuple[str, ...]:
    """The codes of the steps that `step` waits for."""
    if step.after:
        return step.after
    place = steps.index(step)
    return (steps[place - 1].code,) if place else ()


def _situations(item: Item) -> Iterator[Finding]:
    """The one situation of an item needs no question. Of several, each is asked for by a question of its own, unless
    answers lead to them: `question_audit`."""
    if len(item.situations) < 2 or item.questions:
        return
    asked: set[str] = set()
    for number, situation in enumerate(item.situations):
        question = "".join(situation.question.split())
        if not question or question in asked:
            at = f"situations/{number}/question"
            yield found("catalogue.situation_unreachable", at, situation=situation.name or situation.code[:40])
        asked.add(question)


def _steps(steps: Sequence[Step]) -> Iterator[Finding]:
    if any(step.after for step in steps):
        following = _following(steps)
        yield from [*_never_begun(steps, following)] or _dead_ends(steps, following)


def _never_begun(steps: Sequence[Step], following: Graph) -> Iterator[Finding]:
    """Steps that wait for themselves, or for one that is not there."""
    for number, step in enumerate(steps):
        at = f"steps/{number}/after"
        for code in dict.fromkeys(step.after):
            if code not in following:
                yield found("catalogue.step_unknown_before", at, step=step.name, before=code[:40])
        if step.code in _reached(following, step.code):
            yield found("catalogue.step_cycle", at, step=step.name)


def _dead_ends(steps: Sequence[Step], following: Graph) -> Iterator[Finding]:
    """Steps that the last one does not wait for, at however many removes."""
    ending = _reached(_turned(following), steps[-1].code) | {steps[-1].code}
    for number, step in enumerate(steps):
        if step.code not in ending:
            yield found("catalogue.step_dead_end", f"steps/{number}/after", step=step.name, last=steps[-1].name)


def _following(steps: Sequence[Step]) -> Graph:
    graph: dict[str, tuple[str, ...]] = {step.code: () for step in steps}
    for step in steps:
        for code in before(steps, step):
            if code in graph:
                graph[code] = (*graph[code], step.code)
    return graph


def _turned(graph: Graph) -> Graph:
    return {code: tuple(other for other, following in graph.items() if code in following) for code in graph}


def _reached(graph: Graph, start: str) -> set[str]:
    """What can be reached from `start`; itself only by a cycle."""
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        code = waiting.pop()
        if code not in reached:
            reached.add(code)
            waiting.extend(graph[code])
    return reached


def _in_order(steps: Sequence[Step]) -> Iterator[Step]:
    """Each step after those that it waits for; what a cycle holds comes at the end, as it is listed."""
    waiting, done = list(steps), set[str]()
    known = {step.code for step in steps}
    while waiting:
        ready = next((s for s in waiting if all(c in done or c not in known for c in before(steps, s))), waiting[0])
        waiting.remove(ready)
        done.add(ready.code)
        yield ready
