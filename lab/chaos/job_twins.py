"""Broken twins of the house's jobs and edits: what acts on many letters, or in the place of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import processor.edits
import processor.jobs
import processor.wishes
from lab.chaos.patches import Twin, both, instead
from processor.wishes import RESOLVE_FIRST, Refused, about_letter, barred


def _asks_nobody(verb: str, wish: Any, found: Any, order_of: Any) -> Any:
    told = {"reason": "rejected", "doubted": 0, "lost": 0}
    known = replace(found, letter={**found.letter, **told}, last=None)
    return about_letter(verb, wish, known, order_of)


def _edits_untold(found: Any) -> Any:
    bar = barred(found)
    return None if isinstance(bar, Refused) and bar.why == RESOLVE_FIRST else bar


def _never_overtaken(_event: Any, _order: str) -> bool:
    return False


def _in_two_commits(self: Any, term: Any, _job: Any, step: Any) -> Any:
    lists = dict(step.lists)
    row = {"jobs": lists.pop("jobs")}
    self._write(term, lists)
    self._write(term, row)
    return step


JOB_TWINS: tuple[Twin, ...] = (
    Twin(
        "jobs-ask-nobody",
        "a job replays what may have taken effect",
        3,
        37,
        instead(processor.jobs, "about_letter", _asks_nobody),
    ),
    Twin(
        "jobs-commit-twice",
        "a job's letters and its row change in two transactions",
        7,
        19,
        instead(processor.jobs.Jobs, "_written", _in_two_commits),
    ),
    Twin(
        "edits-untold",
        "an edit does not ask whether the original took effect",
        3,
        37,
        both(
            instead(processor.edits, "barred", _edits_untold),
            instead(processor.wishes.Letter, "doubted", property(lambda _: False)),
        ),
    ),
    Twin(
        "edits-anything",
        "an edit does not look at what was applied since",
        4,
        9,
        instead(processor.edits, "overtaken", _never_overtaken),
    ),
)
