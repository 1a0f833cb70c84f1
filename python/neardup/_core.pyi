# SPDX-License-Identifier: MIT
from collections.abc import Callable
from typing import Any

version: str

class Error(Exception):
    status: str
    errno: int
    line: int

def run(
    kind: str,
    sources: list[tuple[Any, ...]],
    options: dict[str, Any],
    progress: Callable[[str, int, int, bool], object] | None,
    message: Callable[[int, str | None, int, str, int], object] | None,
    leak_containment: float = 0.8,
    leak_ngram: int = 8,
    baseline: tuple[bytes | None, str, bool] | None = None,
    /,
) -> dict[str, Any]: ...
def export(columns: list[tuple[Any, ...]], length: int, /) -> tuple[Any, Any]: ...
def comparer(tokens: int, ngram: int, /) -> Any: ...
def compare(comparer: Any, a: str, b: str, /) -> tuple[Any, ...]: ...
def diff(comparer: Any, a: str, b: str, /) -> list[tuple[int, int, int, int, bool]]: ...
def tokenize(comparer: Any, text: str, /) -> list[tuple[int, int]]: ...
def sketcher(
    method: int, tokens: int, ngram: int, kind: int, slots: int, seed: int, bits: int, weights: int, /
) -> Any: ...
def sketch(sketcher: Any, texts: list[Any], /) -> tuple[bytes, bytes]: ...
def similarity(simhash: bool, a: bytes, b: bytes, /) -> float: ...
def plan(
    threshold: float, recall: float, kind: int, slots: int, bands: int, rows: int, all_candidates: bool, documents: int,
    mean_bytes: int, memory: int, /,
) -> tuple[Any, ...]: ...
def hamming_plan(bits: int, distance: int, documents: int, memory: int, /) -> tuple[int, int, int, float, int]: ...
