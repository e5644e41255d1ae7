"""Articles that are made to be slow, in two sizes: ``python -m tests.growth`` prints the time of 2n over that of n for each stage.

Not a test, since it has a clock in it; :mod:`tests.test_robustness` counts calls over the same shapes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from math import isqrt

from pipeline.errors import RejectedInput
from pipeline.readers import read_bytes
from pipeline.settings import Settings

SENTENCE = "Magnesium helpt tegen krampen in de benen, maar niet bij nierfalen. "

SHAPES: Mapping[str, tuple[str, int, Callable[[int], str]]] = {
    "sentences": (".txt", 4000, lambda n: SENTENCE * n),
    "paragraphs": (".txt", 4000, lambda n: (SENTENCE + "\n\n") * n),
    "hard-wrapped lines": (".txt", 8000, lambda n: (SENTENCE.strip() + "\n") * n),
    "one endless line": (".txt", 20_000, lambda n: "Oorzaken van kramp zijn uitdroging en stress " * n),
    "one endless word": (".txt", 500_000, lambda n: "Kramp en pijn in de benen is " + "magnesium" * (n // 9) + " goed."),
    "one word of signs": (".txt", 300_000, lambda n: "Kramp in de benen " + "-./" * (n // 3)),
    "full stops": (".txt", 300_000, lambda n: "Kramp in de benen van " + ". " * n),
    "brackets": (".txt", 100_000, lambda n: "Kramp in de benen van " + "(" * n + ")" * n),
    "quotes": (".txt", 100_000, lambda n: "Kramp in de benen van " + "\"' " * n),
    "one endless lead-in": (".txt", 30_000, lambda n: "Bij kramp " + "om het kan te waarom geen " * (n // 6) + "helpt:\n\n- magnesium\n"),
    "questions": (".txt", 4000, lambda n: "Helpt magnesium tegen kramp? Nee. " * n),
    "one endless question": (".txt", 8000, lambda n: "Mag je bij kramp " + "magnesium of ijzer of " * n + "zink? Liever niet."),
    "bullets": (".txt", 25_000, lambda n: "Oorzaken van kramp\n\n" + "- uitdroging\n" * n),
    "one endless bullet": (".txt", 2000, lambda n: "Ibuprofen wordt gebruikt bij:\n\n- " + "koorts (niet bij griep), " * n + "\n- hoest\n"),
    "idioms": (".txt", 8000, lambda n: "Stress werkt " + "kramp in de hand en " * n + "pijn."),
    "deeper bullets": (".txt", 500_000, lambda n: "Oorzaken:\n" + "".join(" " * i + "- stress\n" for i in range(isqrt(n)))),
    "headings": (".md", 8000, lambda n: "# Oorzaken van kramp in de benen\n" * n),
    "nested quotes": (".md", 5000, lambda n: ">" * n + " Kramp in de benen van stress"),
    "markdown links": (".md", 20_000, lambda n: "Kramp in de benen van " + "[a](" * n),
    "stars": (".md", 50_000, lambda n: "Kramp in de benen van " + "**a* " * n),
    "table rows": (".md", 5000, lambda n: "| middel | werkt tegen |\n|---|---|\n" + "| magnesium | kramp |\n" * n),
    "table columns": (".md", 3000, lambda n: "|" + " middel |" * n + "\n|" + "---|" * n + "\n|" + " kramp |" * n),
    "names in a row": (".txt", 8000, lambda n: "Kramp komt door " + "stress, jicht, koorts en hoest, " * n),
    "shortened names": (".txt", 8000, lambda n: "Bij " + "hoofd-, nek- en rugpijn, " * n),
    "nested divs": (".html", 10_000, lambda n: "<div>" * n + f"<p>{SENTENCE}</p>" + "</div>" * n),
    "nested lists": (".html", 4000, lambda n: "<ul><li>stress" * n + "</li></ul>" * n + f"<p>{SENTENCE}"),
    "nested spans": (".html", 10_000, lambda n: "<p>" + "<span>" * n + SENTENCE),
    "nested tables": (".html", 2000, lambda n: "<table><tr><td>stress" * n + f"</table><p>{SENTENCE}"),
    "list items": (".html", 20_000, lambda n: "<h2>Oorzaken</h2><ul>" + "<li>uitdroging</li>" * n + "</ul>"),
    "open paragraphs": (".html", 8000, lambda n: f"<p>{SENTENCE}" * n),
    "line breaks": (".html", 20_000, lambda n: "<p>" + "stress<br>" * n),
    "wrong ends": (".html", 50_000, lambda n: f"<p>{SENTENCE}" + "</b>" * n),
    "misnested tags": (".html", 3000, lambda n: "<b><i><p>stress</b>" * n),
    "entities": (".html", 50_000, lambda n: f"<p>{SENTENCE}" + "&eacute;&amp;&#8203;" * n),
    "bare ampersands": (".html", 200_000, lambda n: f"<p>{SENTENCE}" + "&" * n),
    "open tags": (".html", 200_000, lambda n: f"<p>{SENTENCE}" + "<" * n),
    "open comments": (".html", 50_000, lambda n: f"<p>{SENTENCE}" + "<!--" * n),
    "attributes": (".html", 50_000, lambda n: f"<p {'a=b ' * n}>{SENTENCE}"),
    "links": (".html", 10_000, lambda n: f"<p>{SENTENCE}</p>" + "<a href=x>lees ook kramp</a> " * n),
    "soft hyphens": (".txt", 200_000, lambda n: SENTENCE + "\u00ad" * n),
    "right to left": (".txt", 100_000, lambda n: SENTENCE + "\u202e\u200f\u2067a" * n),
    "accents on a letter": (".txt", 200_000, lambda n: SENTENCE + "e" + "\u0301" * n),
    "spaces": (".txt", 500_000, lambda n: SENTENCE + " " * n + "a"),
    "blank lines": (".txt", 500_000, lambda n: SENTENCE + "\n" * n + SENTENCE),
    "carriage returns": (".txt", 300_000, lambda n: SENTENCE + "\r" * n + SENTENCE),
    "NULs": (".txt", 500, lambda n: SENTENCE * n + "\x00" * (n // 3)),
    "mojibake": (".txt", 50_000, lambda n: SENTENCE + "Ã©Ã«â€™" * n),
    "digits": (".txt", 300_000, lambda n: "Kramp in de benen bij " + "1" * n + " mg"),
    "list numbers": (".txt", 20_000, lambda n: "".join(f"{i}. stress\n" for i in range(n))),
    "tabs": (".txt", 100_000, lambda n: SENTENCE + "a\t" * n),
    "rules of dashes": (".md", 200_000, lambda n: SENTENCE + "\n\n" + "-" * n + "\n"),
    "backticks": (".md", 50_000, lambda n: SENTENCE + "`a`` " * n),
    "front matter": (".md", 20_000, lambda n: "---\n" + "a: b\n" * n + SENTENCE),
    "denials": (".txt", 8000, lambda n: "Het helpt " + "niet tegen kramp en " * n),
    "abbreviations": (".txt", 8000, lambda n: "".join(f"Prikkelbare darm (P{chr(65 + i % 26)}S{i}) geeft pijn. " for i in range(n))),
    "abbreviations on a line": (".txt", 8000, lambda n: "".join(f"prikkelbare darm of P{chr(65 + i % 26)}S{i} en " for i in range(n))),
    "brands": (".txt", 3000, lambda n: "".join(f"Neem Merk{chr(97 + i % 26)}ax {i} mg bij pijn. " for i in range(n))),
    "different words": (".txt", 60_000, lambda n: "Kramp " + " ".join(f"woord{i}pijn" for i in range(n))),
}  # fmt: skip
"""Name -> suffix, size, and what makes an article of that size."""


def main() -> None:
    """Measure and print; arguments choose shapes by their names, a first ``/4`` takes a quarter of their sizes."""
    from pipeline.extractor import Extractor

    settings = Settings(check_language=False, max_megabytes=50, model="none")
    extractor = Extractor(settings)
    part = int(sys.argv.pop(1)[1:]) if sys.argv[1:] and sys.argv[1].startswith("/") else 1
    chosen = [name for name in SHAPES if not sys.argv[1:] or name in sys.argv[1:]]
    for name in chosen:
        suffix, size, make = SHAPES[name]
        totals, laps = [], []
        for n in (size // part, 2 * size // part):
            data = make(n).encode("utf-8", "surrogatepass")
            seconds: dict[str, float] = {}
            last = time.process_time()

            def lap(stage: str, seconds: dict[str, float] = seconds) -> None:
                nonlocal last
                now = time.process_time()
                seconds[stage] = now - last
                last = now

            begin = last
            reason = ""
            try:
                source = read_bytes(data, name, suffix)
                lap("read")
                extractor.extract(source, lap)
            except RejectedInput as error:
                lap("rejected")
                reason = error.reason
            totals.append(time.process_time() - begin)
            laps.append(seconds)
        worst = max(laps[1], key=lambda stage: laps[1][stage])
        ratio = totals[1] / totals[0]
        stage = laps[1][worst] / max(laps[0].get(worst, 0.001), 0.001)
        flag = " <-- look" if (ratio > 2.8 and totals[1] > 0.5) or totals[1] > 15 else ""
        print(
            f"{name:22} {len(data):>9,} bytes {totals[0]:7.2f} {totals[1]:7.2f} s x{ratio:4.1f}  {worst} x{stage:.1f} {reason}{flag}",
            flush=True,
        )


if __name__ == "__main__":
    main()
