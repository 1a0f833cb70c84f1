# SPDX-License-Identifier: MIT
"""Finds and removes near-duplicates in tables and files of text.

    import neardup
    r = neardup.dedup(table, text="text", id="url")
    clean = r.filter(table)

Many documents: dedup, find, check, sketch. Two of them: compare, diff. One: tokenize. In advance: plan.

Every removal is verified: its score is the exact Jaccard similarity of two texts, and it names the text that stays. The
result is the same for any number of threads and on every machine, and equal to that of the program ``neardup``, which the
package brings with it.
"""

from . import _core
from ._core import Error
from .result import Check, Result, Rule, Sketches, Table
from .runs import Warning, check, dedup, find, sketch
from .texts import Comparison, HammingPlan, Passage, Plan, Segment, compare, diff, plan, tokenize

__all__ = [
    "Check", "Comparison", "Error", "HammingPlan", "Passage", "Plan", "Result", "Rule", "Segment", "Sketches", "Table",
    "Warning", "check", "compare", "dedup", "diff", "find", "plan", "sketch", "tokenize",
]  # fmt: skip
__version__ = _core.version
