"""The cache with a bound."""

from __future__ import annotations

from pipeline.remembered import Remembered


def test_a_key_is_asked_for_once_until_there_are_too_many() -> None:
    asked: list[str] = []

    def ask(word: str) -> int:
        asked.append(word)
        return len(word)

    length = Remembered(ask, most=3)
    assert [length("aa"), length["aa"], length("b"), length("ccc")] == [2, 2, 1, 3]
    assert asked == ["aa", "b", "ccc"]
    assert length("dddd") == 4
    assert dict(length) == {"dddd": 4}
    assert length("aa") == 2
    assert asked[3:] == ["dddd", "aa"]
