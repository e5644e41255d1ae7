"""Cleaning by example: what a person reads of an article, in blocks, and what is left out."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from pipeline.article import Article, Source
from pipeline.cleaning import clean
from pipeline.cleaning.boxes import BoxRule, box_rules
from pipeline.cleaning.dutch import is_dutch
from pipeline.cleaning.furniture import Rule, rules
from pipeline.errors import UncleanableInput
from pipeline.resources import load_toml
from pipeline.schema import SourceFormat
from pipeline.settings import Settings


def article(text: str, format_: SourceFormat = "plain") -> Article:
    """The cleaned article of a source text."""
    return clean(Source("test", text, format_, "utf-8", "0" * 64), Settings(min_words=1))


def outline(cleaned: Article) -> str:
    """One line a block: number, kind with level, number of the parent, text."""
    return "\n".join(
        f"{number} {block.kind}{block.level or ''} {'-' if block.parent is None else block.parent} {cleaned.text[block.start : block.end]}"
        for number, block in enumerate(cleaned.blocks)
    )


# Name, format, source text, blocks, reasons of what was left out.
CASES: list[tuple[str, SourceFormat, str, str, list[str]]] = [
    (
        "headings without markup",
        "plain",
        """\
Kramp in de kuit

Veel mensen worden er 's nachts wakker van.

oorzaken

Meestal is de spier vermoeid.

Wanneer naar de huisarts?
Ga naar de huisarts als de kramp elke nacht terugkomt.
""",
        """\
0 title - Kramp in de kuit
1 paragraph 0 Veel mensen worden er 's nachts wakker van.
2 heading2 0 oorzaken
3 paragraph 2 Meestal is de spier vermoeid.
4 heading2 0 Wanneer naar de huisarts?
5 paragraph 4 Ga naar de huisarts als de kramp elke nacht terugkomt.""",
        [],
    ),
    (
        "lead-ins and lists",
        "plain",
        """\
Jicht

Jicht is een ontsteking van een gewricht. De klachten zijn:

  • pijn in de grote teen;
  • koorts.

Daarna zakt de pijn weer.

Eet minder van de volgende producten.
1. garnalen
2. orgaanvlees

Wat u nodig heeft:
- water
- rust
Bel bij koorts de huisarts.
""",
        """\
0 title - Jicht
1 lead_in 0 Jicht is een ontsteking van een gewricht. De klachten zijn:
2 list_item1 1 pijn in de grote teen;
3 list_item1 1 koorts.
4 paragraph 0 Daarna zakt de pijn weer.
5 lead_in 0 Eet minder van de volgende producten.
6 list_item1 5 garnalen
7 list_item1 5 orgaanvlees
8 lead_in 0 Wat u nodig heeft:
9 list_item1 8 water
10 list_item1 8 rust
11 paragraph 0 Bel bij koorts de huisarts.""",
        [],
    ),
    (
        "items without bullets",
        "plain",
        """\
Hooikoorts

Klachten bij hooikoorts:

niezen;

jeukende ogen;

een loopneus.

Wat helpt tegen hooikoorts:
neusspray
oogdruppels
een zonnebril

De klachten verdwijnen vanzelf na het seizoen.
""",
        """\
0 title - Hooikoorts
1 lead_in 0 Klachten bij hooikoorts:
2 list_item1 1 niezen;
3 list_item1 1 jeukende ogen;
4 list_item1 1 een loopneus.
5 lead_in 0 Wat helpt tegen hooikoorts:
6 list_item1 5 neusspray
7 list_item1 5 oogdruppels
8 list_item1 5 een zonnebril
9 paragraph 0 De klachten verdwijnen vanzelf na het seizoen.""",
        [],
    ),
    (
        "nested items",
        "plain",
        """\
Migraine

Een aanval begint vaak met:
- vlekken zien
  - aan een kant
  - aan beide kanten
- misselijkheid

Neem bij een aanval:
1. paracetamol
   a) als tablet
   b) als zetpil
2. rust
""",
        """\
0 title - Migraine
1 lead_in 0 Een aanval begint vaak met:
2 list_item1 1 vlekken zien
3 list_item2 2 aan een kant
4 list_item2 2 aan beide kanten
5 list_item1 1 misselijkheid
6 lead_in 0 Neem bij een aanval:
7 list_item1 6 paracetamol
8 list_item2 7 als tablet
9 list_item2 7 als zetpil
10 list_item1 6 rust""",
        [],
    ),
    (
        "hard-wrapped text",
        "plain",
        """\
Folder Rugpijn

Rugpijn gaat meestal binnen enkele weken vanzelf over. Blijf in bewe-
ging en neem zo nodig paracetamol. Rust in bed helpt niet tegen de pijn
en maakt de spieren zwakker. Neem extra vitamine- en mineraal-
tabletten alleen na overleg, want vitamine-
en mineralentekorten zijn zeldzaam bij gezonde mensen die normaal eten.
Een auto-
immuunziekte is zelden de oorzaak.

Wanneer belt u de huisarts?
Bel als de pijn uitstraalt naar het been of als u gevoel of kracht in
het been verliest. Bel ook als u:
- koorts heeft boven de 38,5 graden en daarbij erg ziek bent, ook als de
  koorts weer zakt;
- plotseling de plas niet kunt ophouden.
""",
        """\
0 title - Folder Rugpijn
1 paragraph 0 Rugpijn gaat meestal binnen enkele weken vanzelf over. Blijf in beweging en neem zo nodig paracetamol. Rust in bed \
helpt niet tegen de pijn en maakt de spieren zwakker. Neem extra vitamine- en mineraaltabletten alleen na overleg, want vitamine- \
en mineralentekorten zijn zeldzaam bij gezonde mensen die normaal eten. Een auto-immuunziekte is zelden de oorzaak.
2 heading2 0 Wanneer belt u de huisarts?
3 lead_in 2 Bel als de pijn uitstraalt naar het been of als u gevoel of kracht in het been verliest. Bel ook als u:
4 list_item1 3 koorts heeft boven de 38,5 graden en daarbij erg ziek bent, ook als de koorts weer zakt;
5 list_item1 3 plotseling de plas niet kunt ophouden.""",
        [],
    ),
    (
        "pages of an extract",
        "plain",
        """\
Patiënteninformatie Nierstenen

Een niersteen ontstaat als zouten in de urine samenklonteren. Veel water
drinken helpt om nierstenen te voorkomen, en minder zout eten is daarbij

Pagina 1 van 3
\fPatiënteninformatie Nierstenen

ook verstandig. De pijn komt in golven en zit meestal in de zij of in de
onderrug. Een arts schrijft dan diclofenac voor.

Pagina 2 van 3
\fPatiënteninformatie Nierstenen

Wanneer naar het ziekenhuis?

Ga naar het ziekenhuis als u naast pijn ook koorts krijgt, want dat kan
wijzen op een ontsteking van de nieren of van de urinewegen.
""",
        """\
0 title - Patiënteninformatie Nierstenen
1 paragraph 0 Een niersteen ontstaat als zouten in de urine samenklonteren. Veel water drinken helpt om nierstenen te voorkomen, \
en minder zout eten is daarbij ook verstandig. De pijn komt in golven en zit meestal in de zij of in de onderrug. Een arts \
schrijft dan diclofenac voor.
2 heading2 0 Wanneer naar het ziekenhuis?
3 paragraph 2 Ga naar het ziekenhuis als u naast pijn ook koorts krijgt, want dat kan wijzen op een ontsteking van de nieren of \
van de urinewegen.""",
        ["page-number", "running-head", "page-number", "running-head"],
    ),
    (
        "furniture",
        "plain",
        """\
Gezond Thuis
Home | Klachten | Contact | Inloggen
U bent hier: Home > Klachten > Eczeem

Eczeem

Door: Anna de Vries
Laatst bijgewerkt: 12 maart 2024

Eczeem geeft jeuk en een droge huid.

Lees ook: Zo verzorgt u een droge huid

Een zalf met teer verzacht de jeuk.

Deel dit artikel
Lees ook:
- Psoriasis
- Netelroos

Reacties (2)
Kees: bij mij hielp niets.
© 2024 Gezond Thuis
""",
        """\
0 title - Eczeem
1 paragraph 0 Eczeem geeft jeuk en een droge huid.
2 paragraph 0 Een zalf met teer verzacht de jeuk.""",
        ["navigation", "menu", "breadcrumb", "author", "date", "related", "share", "related", "comments"],
    ),
    (
        "related links with arrows",
        "plain",
        """\
Brandend maagzuur

Maagzuur stroomt terug in de slokdarm en dat geeft een branderig gevoel.

➤ Wat is een maagzweer?
➤ Alles over gastritis

Eet 's avonds niet te laat.
""",
        """\
0 title - Brandend maagzuur
1 paragraph 0 Maagzuur stroomt terug in de slokdarm en dat geeft een branderig gevoel.
2 paragraph 0 Eet 's avonds niet te laat.""",
        ["related"],
    ),
    (
        "several articles",
        "plain",
        """\
Verkoudheid

Een verkoudheid gaat vanzelf over.

Klachten

De neus loopt en de keel doet pijn.

==========

Griep

Griep geeft hoge koorts.
""",
        """\
0 title - Verkoudheid
1 paragraph 0 Een verkoudheid gaat vanzelf over.
2 heading2 0 Klachten
3 paragraph 2 De neus loopt en de keel doet pijn.
4 title - Griep
5 paragraph 4 Griep geeft hoge koorts.""",
        [],
    ),
    (
        "underlined headings",
        "plain",
        """\
Vitamine D
==========

Uw huid maakt vitamine D.

Tekort
------
Een tekort geeft zwakke botten.
""",
        """\
0 title - Vitamine D
1 paragraph 0 Uw huid maakt vitamine D.
2 heading2 0 Tekort
3 paragraph 2 Een tekort geeft zwakke botten.""",
        [],
    ),
    (
        "capital headings",
        "plain",
        """\
Slapeloosheid

OORZAKEN

Stress

Stress houdt veel mensen uit hun slaap, ook als de dag allang voorbij is.

BEHANDELING

Een vaste bedtijd helpt de meeste mensen beter dan een slaappil.
""",
        """\
0 title - Slapeloosheid
1 heading2 0 OORZAKEN
2 heading3 1 Stress
3 paragraph 2 Stress houdt veel mensen uit hun slaap, ook als de dag allang voorbij is.
4 heading2 0 BEHANDELING
5 paragraph 4 Een vaste bedtijd helpt de meeste mensen beter dan een slaappil.""",
        [],
    ),
    (
        "furniture at the top and at the end",
        "plain",
        """\
hoofdpijn-info · alles over het hoofd
Home   Migraine   Zenuwen   Contact

Zoeken op de site

Zenuwen · Spieren · Botten · Analyses

Hoofdpijn: wat te doen

Inhoud van artikel
De redenen
Behandeling: rust en thee

Hoofdpijn heeft veel oorzaken, zegt iedere dokter die er een is en dat al jaren.

De redenen

Stress en slecht slapen zijn de redenen die het vaakst worden genoemd.

Laatst gewijzigd: 14 februari 2020. Geschreven door onze redactie.
""",
        """\
0 title - Hoofdpijn: wat te doen
1 paragraph 0 Hoofdpijn heeft veel oorzaken, zegt iedere dokter die er een is en dat al jaren.
2 heading2 0 De redenen
3 paragraph 2 Stress en slecht slapen zijn de redenen die het vaakst worden genoemd.""",
        ["navigation", "menu", "navigation", "date"],
    ),
    (
        "table without a header",
        "plain",
        """\
Wie doet wat

Longarts | diagnose en medicijnen
Reumatoloog | ontstoken gewrichten
""",
        """\
0 title - Wie doet wat
1 table_row 0 Longarts | diagnose en medicijnen
2 table_row 0 Reumatoloog | ontstoken gewrichten""",
        [],
    ),
    (
        "table with tabs",
        "plain",
        """\
Vitamines

Waar ze in zitten:
Vitamine\tBron
A\tlever
C\tpaprika en kiwi
""",
        """\
0 title - Vitamines
1 lead_in 0 Waar ze in zitten:
2 table_header 1 Vitamine | Bron
3 table_row 2 A | lever
4 table_row 2 C | paprika en kiwi""",
        [],
    ),
    (
        "faq",
        "plain",
        """\
Veelgestelde vragen over ijzer

Helpt spinazie tegen bloedarmoede?
Een beetje. Vlees bevat meer ijzer dan spinazie.

Mag ik ijzer met melk innemen?
Nee, melk remt de opname van ijzer.
""",
        """\
0 title - Veelgestelde vragen over ijzer
1 heading2 0 Helpt spinazie tegen bloedarmoede?
2 paragraph 1 Een beetje. Vlees bevat meer ijzer dan spinazie.
3 heading2 0 Mag ik ijzer met melk innemen?
4 paragraph 3 Nee, melk remt de opname van ijzer.""",
        [],
    ),
    (
        "text without a title",
        "plain",
        """\
Magnesium ontspant de spieren en helpt volgens veel mensen tegen kramp in de nacht, maar bewezen is dat niet.

Eet liever noten.
""",
        """\
0 paragraph - Magnesium ontspant de spieren en helpt volgens veel mensen tegen kramp in de nacht, maar bewezen is dat niet.
1 paragraph - Eet liever noten.""",
        [],
    ),
    (
        "labels stay paragraphs",
        "plain",
        """\
Tetanus

Oorzaak: een bacterie in straatvuil.

Behandeling: een injectie met antistoffen.
""",
        """\
0 title - Tetanus
1 paragraph 0 Oorzaak: een bacterie in straatvuil.
2 paragraph 0 Behandeling: een injectie met antistoffen.""",
        [],
    ),
    (
        "markdown",
        "markdown",
        """\
---
title: x
---
[Home](/) › Rug

# Pijn in de **rug**

![rug](rug.png)

Rugpijn is [vaak](http://x.nl/a_b) onschuldig.
Bewegen *helpt*, zie `oefening`.

## Oorzaken

Meestal komt het door:

1. **Houding**
   - lang zitten
   - tillen
2. stress, zie [werk][1]

   Vooral op maandag.

> Rust roest.

Soort | Hulp
--- | ---
acuut | paracetamol
 | rust

**Wanneer bellen?**

Bel bij koorts &amp; pijn.

[1]: http://x.nl
""",
        """\
0 title - Pijn in de rug
1 paragraph 0 Rugpijn is vaak onschuldig. Bewegen helpt, zie oefening.
2 heading2 0 Oorzaken
3 lead_in 2 Meestal komt het door:
4 list_item1 3 Houding
5 list_item2 4 lang zitten
6 list_item2 4 tillen
7 list_item1 3 stress, zie werk
8 paragraph 7 Vooral op maandag.
9 quote 2 Rust roest.
10 table_header 2 Soort | Hulp
11 table_row 10 acuut | paracetamol
12 table_row 10 rust
13 heading3 2 Wanneer bellen?
14 paragraph 13 Bel bij koorts & pijn.""",
        ["metadata", "breadcrumb", "image"],
    ),
    (
        "markdown articles",
        "markdown",
        """\
# Griep

## Klachten

Koorts en spierpijn.

# Verkoudheid

Een loopneus.
""",
        """\
0 title - Griep
1 heading2 0 Klachten
2 paragraph 1 Koorts en spierpijn.
3 title - Verkoudheid
4 paragraph 3 Een loopneus.""",
        [],
    ),
    (
        "markdown sections",
        "markdown",
        """\
# Griep

Griep is een infectie.

# Klachten

Koorts en spierpijn.
""",
        """\
0 title - Griep
1 paragraph 0 Griep is een infectie.
2 heading1 0 Klachten
3 paragraph 2 Koorts en spierpijn.""",
        [],
    ),
    (
        "html",
        "html",
        """\
<!DOCTYPE html><html><head><title>Jicht | Apotheek</title><style>p{}</style></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/a">Artikelen</a></li></ul></nav>
<div class="cookie-banner"><p>Wij gebruiken cookies.</p></div>
<main><h1>Jicht</h1>
<p>Jicht is een <b>ont</b>steking van een ge&shy;wricht, v&oacute;&oacute;ral in de teen &amp; enkel.</p>
<h2>Klachten</h2><p>U merkt:</p>
<ul><li>pijn<ul><li>&rsquo;s nachts</li></ul></li><li><p>koorts</p></li></ul>
<table><caption>Wat helpt:</caption><tr><th>Middel</th><th>Werking</th></tr><tr><td>Colchicine</td><td>remt \
de<br>ontsteking</td></tr><tr><td></td><td>geen</td></tr></table>
<p><strong>Wat kunt u doen?</strong></p><p>Drink water.<br>Rust uit.<br>- eet kersen<br>- drink melk</p>
<blockquote><p>Het gaat goed.</p></blockquote>
<dl><dt>Oorzaak</dt><dd>urinezuur</dd></dl>
<div style="display:none">verborgen</div>
<details><summary>Is het erg?</summary><p>Nee.</p></details>
<p>Bel bij koorts de huisarts.</p></main>
<script>var a = "<p>x</p>";</script>
<footer><p>&copy; 2024 Apotheek</p></footer></body></html>
""",
        """\
0 title - Jicht
1 paragraph 0 Jicht is een ontsteking van een gewricht, vóóral in de teen & enkel.
2 heading2 0 Klachten
3 lead_in 2 U merkt:
4 list_item1 3 pijn
5 list_item2 4 ’s nachts
6 list_item1 3 koorts
7 lead_in 2 Wat helpt:
8 table_header 7 Middel | Werking
9 table_row 8 Colchicine | remt de ontsteking
10 table_row 8 geen
11 heading3 2 Wat kunt u doen?
12 paragraph 11 Drink water.
13 paragraph 11 Rust uit.
14 list_item1 11 eet kersen
15 list_item1 11 drink melk
16 quote 11 Het gaat goed.
17 lead_in 11 Oorzaak
18 list_item1 17 urinezuur
19 heading3 2 Is het erg?
20 paragraph 19 Nee.
21 paragraph 2 Bel bij koorts de huisarts.""",
        ["metadata", "script", "menu", "cookies", "hidden", "script", "footer"],
    ),
    (
        "html without headings",
        "html",
        """\
<html><head><title>Migraine herkennen - Gezond</title></head><body><div>Migraine is een zware hoofdpijn.</div><div>Licht doet dan \
pijn aan de ogen.<div>Slapen helpt het beste.</div></div></body></html>""",
        """\
0 title - Migraine herkennen
1 paragraph 0 Migraine is een zware hoofdpijn.
2 paragraph 0 Licht doet dan pijn aan de ogen.
3 paragraph 0 Slapen helpt het beste.""",
        [],
    ),
    (
        "html with unclosed tags",
        "html",
        """\
<h1>Griep<p>Griep geeft koorts<p>en spierpijn <i>overal<ul><li>hoest<li>keelpijn</ul>Drink veel""",
        """\
0 title - Griep
1 paragraph 0 Griep geeft koorts
2 lead_in 0 en spierpijn overal
3 list_item1 2 hoest
4 list_item1 2 keelpijn
5 paragraph 0 Drink veel""",
        [],
    ),
    (
        "html articles",
        "html",
        """\
<body><article><h1>Griep</h1><p>Griep geeft hoge koorts en pijn in de spieren.</p></article><article><h1>Verkoudheid</h1><p>Een \
verkoudheid geeft een loopneus en keelpijn.</p></article></body>""",
        """\
0 title - Griep
1 paragraph 0 Griep geeft hoge koorts en pijn in de spieren.
2 title - Verkoudheid
3 paragraph 2 Een verkoudheid geeft een loopneus en keelpijn.""",
        [],
    ),
    (
        "html layout table",
        "html",
        """\
<body><table><tr><td><h1>Astma</h1><p>Astma maakt u benauwd.</p></td><td><p>Een puffer helpt.</p></td></tr></table></body>""",
        """\
0 title - Astma
1 paragraph 0 Astma maakt u benauwd.
2 paragraph 0 Een puffer helpt.""",
        [],
    ),
    (
        "html definitions below a lead-in",
        "html",
        """\
<body><h1>Pijn</h1><p>De arts kiest uit:</p><dl><dt>Ibuprofen</dt><dd>niet bij een \
maagzweer</dd><dt>Paracetamol</dt><dd>veilig</dd></dl></body>""",
        """\
0 title - Pijn
1 lead_in 0 De arts kiest uit:
2 list_item1 1 Ibuprofen
3 list_item2 2 niet bij een maagzweer
4 list_item1 1 Paracetamol
5 list_item2 4 veilig""",
        [],
    ),
    (
        "mojibake",
        "plain",
        """\
De patiÃ«nt eet crÃ¨me â€“ Ã©Ã©n lepel â€“ en voelt zich goed.
""",
        """\
0 paragraph - De patiënt eet crème – één lepel – en voelt zich goed.""",
        [],
    ),
    (
        "odd characters",
        "plain",
        """\
De\u00a0ver\u00admoeid\u00adheid  is\u200b groot;\r
ën de ﬁbers zijn\u2003zwak.\r
Einde\r""",
        """\
0 paragraph - De vermoeidheid is groot;
1 paragraph - ën de fibers zijn zwak.
2 paragraph - Einde""",
        [],
    ),
]


@pytest.mark.parametrize(("format_", "text", "blocks", "left_out"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_blocks(format_: SourceFormat, text: str, blocks: str, left_out: list[str]) -> None:
    cleaned = article(text, format_)
    assert outline(cleaned) == blocks
    assert [part.reason for part in cleaned.furniture] == left_out


def test_title_is_the_first_title_block() -> None:
    assert article("Kramp\n\nKramp doet pijn in de kuit.").title == "Kramp"
    assert article("Kramp doet pijn in de kuit, vooral in de nacht.").title is None


def test_positions_in_a_page() -> None:
    page = "<h1>Pijn</h1><p>Een <b>spier</b>kramp komt door v&oacute;cht&shy;tekort &amp; meer.</p>"
    cleaned = article(page, "html")
    for words, source in [("spierkramp", "spier</b>kramp"), ("vóchttekort", "v&oacute;cht&shy;tekort"), ("&", "&amp;")]:
        start = cleaned.text.index(words)
        span = cleaned.offsets.to_source(start, start + len(words))
        assert page[span.start : span.end] == source
        assert cleaned.offsets.to_text(*span) == (start, start + len(words))


def test_positions_in_a_broken_word() -> None:
    text = (
        "Een lange regel van een folder over de behandeling van een spier-\n"
        "kramp loopt zo door, en dan komt er nog een regel van een magnesium-\n"
        "tekort achteraan die net zo lang is als de regels die erboven staan.\n"
    )
    cleaned = article(text)
    start = cleaned.text.index("spierkramp")
    assert text[slice(*cleaned.offsets.to_source(start, start + 10))] == "spier-\nkramp"
    assert "magnesiumtekort" in cleaned.text


def test_furniture_lies_where_the_source_has_it() -> None:
    text = "Kramp\n\nKramp doet erg veel pijn.\n\nDeel dit artikel\n"
    (part,) = article(text).furniture
    assert text[part.source_start : part.source_end] == "Deel dit artikel"


def test_cells_of_a_row() -> None:
    cleaned = article("<p>Wat helpt bij pijn in de rug:</p><table><tr><td>acuut</td><td></td><td>rust</td></tr></table>", "html")
    row = cleaned.blocks[-1]
    assert [cleaned.text[cell.start : cell.end] for cell in row.cells] == ["acuut", "", "rust"]
    assert cleaned.text[row.start : row.end] == "acuut | rust"


def test_empty_cell_in_markdown_keeps_its_column() -> None:
    cleaned = article("Soort | Kuur | Hulp\n--- | --- | ---\nacuut | | rust\n", "markdown")
    assert [cleaned.text[cell.start : cell.end] for cell in cleaned.blocks[1].cells] == ["acuut", "", "rust"]


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("Kramp", "plain"),
        ("Home\n\nMenu\n\nDeel dit artikel\n", "plain"),
        ("<html><body><nav>Een lang menu met veel woorden erin</nav></body></html>", "html"),
        ("<html><head><script>var a = 1 + 2 + 3 + 4 + 5;</script></head></html>", "html"),
        ("---\ntitel: een lange titel van een artikel\n---\n", "markdown"),
    ],
)
def test_no_article(text: str, format_: SourceFormat) -> None:
    with pytest.raises(UncleanableInput, match=r"\Anaam: no article is left [^\n]+\Z") as error:
        clean(Source("naam", text, format_, "utf-8", "0" * 64), Settings())
    assert error.value.reason == "no-text"


DUTCH = [
    "Spierkramp ontstaat vaak door een tekort aan magnesium, en het is meestal onschuldig voor de patiënt.",
    "Folk remedies. Do not self-medicate! Gebruik de tinctuur twee keer per dag na het eten van een banaan.",
    "hoofdpijn\nmisselijkheid\nduizeligheid\nvermoeidheid\nkortademigheid\nspierkrampen\nrugpijn\nkeelpijn\nkoorts\noorpijn\njeuk",
    "Magnesium.",
]
FOREIGN = {
    "English": "Muscle cramps are often caused by a lack of magnesium and they usually go away on their own after a few minutes.",
    "German": "Muskelkrämpfe entstehen häufig durch einen Mangel an Magnesium und verschwinden meistens von selbst wieder.",
    "French": "Les crampes musculaires sont souvent causées par un manque de magnésium et disparaissent en général toutes seules.",
    "Spanish": "Los calambres musculares se deben a menudo a la falta de magnesio y suelen desaparecer por sí solos.",
    "Afrikaans": "Spierkrampe word dikwels veroorsaak deur 'n tekort aan magnesium en verdwyn gewoonlik vanself as die pasiënt gerus het.",
}


@pytest.mark.parametrize("text", DUTCH)
def test_dutch_is_accepted(text: str) -> None:
    assert is_dutch(text)


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_refused(language: str) -> None:
    with pytest.raises(
        UncleanableInput,
        match=r"\Ax: the text is not Dutch \(it looks like '(de|en|fr|es|af)'\); leave it out, or set check_language to false\Z",
    ) as error:
        clean(Source("x", FOREIGN[language], "plain", "utf-8", "0" * 64), Settings())
    assert error.value.reason == "not-dutch"
    clean(Source("x", FOREIGN[language], "plain", "utf-8", "0" * 64), Settings(check_language=False))


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule in rules() for text in rule.examples], ids=lambda v: getattr(v, "id", v))
def test_furniture_rule_knows_its_example(rule: Rule, text: str) -> None:
    assert rule.matches(text)


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule in rules() for text in rule.counterexamples], ids=lambda v: getattr(v, "id", v)
)
def test_furniture_rule_leaves_its_counterexample(rule: Rule, text: str) -> None:
    assert not rule.matches(text)


def test_furniture_rules_have_examples_and_unique_ids() -> None:
    assert len({rule.id for rule in rules()}) == len(rules())
    assert all(rule.examples and rule.counterexamples for rule in rules())


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule in box_rules() for text in rule.examples], ids=lambda v: getattr(v, "reason", v)
)
def test_box_rule_knows_its_example(rule: BoxRule, text: str) -> None:
    assert rule.matches(text)


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule in box_rules() for text in rule.counterexamples], ids=lambda v: getattr(v, "reason", v)
)
def test_box_rule_leaves_its_counterexample(rule: BoxRule, text: str) -> None:
    assert not rule.matches(text)


@pytest.mark.parametrize("name", ["lead_in", "closing", "column_header"])
def test_structure_pattern(name: str) -> None:
    table = load_toml("cleaning/structure.toml")[name]
    matches = re.compile(table["pattern"], re.IGNORECASE)
    find = matches.search if name == "lead_in" else matches.fullmatch
    assert all(find(text) for text in table["examples"])
    assert not any(find(text) for text in table["counterexamples"])


def test_rules_do_not_try_every_way_to_divide_a_line() -> None:
    """A bar of links once took longer than anybody waits; the limit is for what never ends, not for speed."""
    done = subprocess.run([sys.executable, "-m", "tests.rows_of_parts"], timeout=120, check=True, capture_output=True, text=True)
    assert int(done.stdout) > 10_000
