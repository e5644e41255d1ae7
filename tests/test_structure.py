"""Relations that headings, lists, tables and references state."""

from __future__ import annotations

import pytest

from pipeline.article import Article, Block
from pipeline.relations.frames import verdict_of
from pipeline.schema import BlockKind, Polarity
from pipeline.spans import Span
from tests.texts import article_of, relations_of

TITLE, HEADING, LEAD_IN, ITEM = BlockKind.TITLE, BlockKind.HEADING, BlockKind.LEAD_IN, BlockKind.LIST_ITEM
PARAGRAPH, ROW = BlockKind.PARAGRAPH, BlockKind.TABLE_ROW


def test_a_list_under_a_bare_heading_speaks_of_the_subject() -> None:
    article = article_of((TITLE, None, "Spierkramp"), (HEADING, 0, "Oorzaken"), (ITEM, 1, "uitdroging"), (ITEM, 1, "gebrek aan magnesium"))
    assert relations_of(article) == [
        ("uitdroging", "CAUSES", "Spierkramp", "affirmed"),
        ("magnesium", "DEFICIENCY_CAUSES", "Spierkramp", "affirmed"),
    ]


def test_a_lead_in_names_the_other_side() -> None:
    article = article_of((TITLE, None, "Griep"), (LEAD_IN, 0, "De symptomen van migraine zijn:"), (ITEM, 1, "misselijkheid"))
    assert relations_of(article) == [("migraine", "HAS_SYMPTOM", "misselijkheid", "affirmed")]


def test_a_label_says_what_the_rest_of_its_paragraph_is() -> None:
    article = article_of(
        (TITLE, None, "Spierkramp"),
        (HEADING, 0, "Symptomen"),
        (PARAGRAPH, 1, "Oorzaken: uitdroging, koorts"),
        (PARAGRAPH, 1, "Behandeling: rust"),
    )
    assert relations_of(article) == [
        ("uitdroging", "CAUSES", "Spierkramp", "affirmed"),
        ("koorts", "CAUSES", "Spierkramp", "affirmed"),
        ("rust", "TREATS", "Spierkramp", "affirmed"),
    ]


def test_a_specialist_is_a_label() -> None:
    article = article_of((TITLE, None, "Migraine"), (ITEM, 0, "Arts: neuroloog"))
    assert relations_of(article) == [("Migraine", "CONSULT", "neuroloog", "affirmed")]


def test_niet_is_a_label() -> None:
    article = article_of((TITLE, None, "Jicht"), (HEADING, 0, "Wat helpt?"), (PARAGRAPH, 1, "Niet: bier, garnalen."))
    assert set(relations_of(article)) == {
        ("bier", "CONTRAINDICATED_FOR", "Jicht", "affirmed"),
        ("garnalen", "CONTRAINDICATED_FOR", "Jicht", "affirmed"),
    }


def test_what_is_denied_in_brackets_is_denied_there_alone() -> None:
    article = article_of(
        (TITLE, None, "Doxycycline"),
        (LEAD_IN, 0, "Doxycycline wordt gebruikt bij:"),
        (ITEM, 1, "chlamydia (als penicilline niet mogelijk is)"),
        (ITEM, 1, "acne (niet bij eczeem)"),
    )
    stated = relations_of(article)
    assert ("Doxycycline", "TREATS", "chlamydia", "affirmed") in stated
    assert ("Doxycycline", "TREATS", "acne", "affirmed") in stated


def test_a_heading_that_asks_for_the_symptoms_names_none() -> None:
    article = article_of((TITLE, None, "Griep"), (HEADING, 0, "Wat zijn de symptomen?"), (ITEM, 1, "koorts"))
    assert relations_of(article) == [("Griep", "HAS_SYMPTOM", "koorts", "affirmed")]


def test_a_label_denies_as_a_heading_does() -> None:
    article = article_of((TITLE, None, "Griep"), (PARAGRAPH, 0, "Helpt niet: knoflook, vitamine C"))
    assert relations_of(article) == [("knoflook", "TREATS", "Griep", "negated"), ("vitamine C", "TREATS", "Griep", "negated")]


def test_a_label_that_names_what_does_not_help_says_so_of_that_alone() -> None:
    article = article_of((TITLE, None, "Griep"), (PARAGRAPH, 0, "Knoflook helpt niet: paracetamol doet dat wel."))
    assert ("paracetamol", "TREATS", "Griep", "negated") not in relations_of(article)


@pytest.mark.parametrize("further", ["Soms ook koorts.", "Daarnaast koorts.", "Verder: koorts."])
def test_a_sentence_that_goes_on_belongs_to_the_label(further: str) -> None:
    article = article_of((TITLE, None, "Spierkramp"), (PARAGRAPH, 0, f"Oorzaken: uitdroging. {further}"))
    assert relations_of(article) == [("uitdroging", "CAUSES", "Spierkramp", "affirmed"), ("koorts", "CAUSES", "Spierkramp", "affirmed")]


def test_another_sentence_does_not() -> None:
    article = article_of((TITLE, None, "Spierkramp"), (PARAGRAPH, 0, "Oorzaken: uitdroging. Met koorts belt u."))
    assert relations_of(article) == [("uitdroging", "CAUSES", "Spierkramp", "affirmed")]


def test_the_first_of_two_cells_labels_the_other() -> None:
    article = article_of((TITLE, None, "Ibuprofen"), (ROW, 0, "Bijwerkingen | misselijkheid"), (ROW, 0, "Niet gebruiken bij | maagzweer"))
    assert relations_of(article) == [
        ("Ibuprofen", "CAUSES", "misselijkheid", "affirmed"),
        ("Ibuprofen", "CONTRAINDICATED_FOR", "maagzweer", "affirmed"),
    ]


def test_labels_divide_a_list_that_says_something() -> None:
    article = article_of((TITLE, None, "Hoofdpijn"), (HEADING, 0, "Oorzaken"), (ITEM, 1, "medicijnen: nifedipine"))
    assert relations_of(article) == [("nifedipine", "CAUSES", "Hoofdpijn", "affirmed")]


@pytest.mark.parametrize("item", ["koffie: liever niet.", "Koffie. Die raden wij af.", "koffie is geen goed idee"])
def test_an_item_may_be_advised_against(item: str) -> None:
    article = article_of((TITLE, None, "Hoofdpijn"), (HEADING, 0, "Wat helpt?"), (ITEM, 1, item))
    assert [relation[1:] for relation in relations_of(article)] == [("CONTRAINDICATED_FOR", "Hoofdpijn", "affirmed")]


def test_complaints_that_come_together_are_seen_together() -> None:
    article = article_of((TITLE, None, "Griep"), (LEAD_IN, 0, "Bel de huisarts bij:"), (ITEM, 1, "hoofdpijn met braken"))
    assert set(relations_of(article)) == {
        ("hoofdpijn", "CONSULT", "huisarts", "affirmed"),
        ("braken", "CONSULT", "huisarts", "affirmed"),
    }


def test_a_short_item_heads_its_own_items() -> None:
    article = article_of(
        (TITLE, None, "Hoofdpijn"), (ITEM, 0, "Oorzaken"), (ITEM, 1, "stress"), (ITEM, 0, "Behandeling"), (ITEM, 3, "rust")
    )
    assert relations_of(article) == [("stress", "CAUSES", "Hoofdpijn", "affirmed"), ("rust", "TREATS", "Hoofdpijn", "affirmed")]


def test_a_short_item_divides_a_list_that_says_something() -> None:
    article = article_of((TITLE, None, "Hoofdpijn"), (HEADING, 0, "Oorzaken"), (ITEM, 1, "sommige geneesmiddelen"), (ITEM, 2, "nifedipine"))
    assert relations_of(article) == [("nifedipine", "CAUSES", "Hoofdpijn", "affirmed")]


def test_an_item_follows_its_own_words() -> None:
    article = article_of((TITLE, None, "Griep"), (HEADING, 0, "Behandeling"), (ITEM, 1, "pijnstillers verlichten de hoofdpijn"))
    assert relations_of(article) == [("pijnstillers", "TREATS", "hoofdpijn", "affirmed")]


def test_a_frame_ends_with_its_section() -> None:
    article = article_of(
        (TITLE, None, "Griep"), (HEADING, 0, "Behandeling"), (ITEM, 1, "rust"), (HEADING, 0, "Conclusie"), (ITEM, 3, "paracetamol")
    )
    assert ("paracetamol", "TREATS", "Griep", "affirmed") not in relations_of(article)


def test_advice_to_avoid_is_a_contraindication() -> None:
    article = article_of((TITLE, None, "Slapeloosheid"), (HEADING, 0, "Wat kunt u zelf doen?"), (ITEM, 1, "Drink geen koffie."))
    assert relations_of(article) == [("koffie", "CONTRAINDICATED_FOR", "Slapeloosheid", "affirmed")]


@pytest.mark.parametrize(
    "text", ["De behandeling van hepatitis omvat een dieet dat suiker en vet uitsluit.", "Bij hepatitis helpt rust. Alcohol is verboden."]
)
def test_what_is_to_be_avoided_treats_nothing(text: str) -> None:
    assert not {"suiker", "vet", "Alcohol"} & {head for head, type_, *_ in relations_of(article_of(text)) if type_ == "TREATS"}


def test_a_question_states_nothing() -> None:
    assert relations_of(article_of("Helpt magnesium tegen kramp?")) == []


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("Helpt magnesium tegen kramp? Nee.", ("magnesium", "TREATS", "kramp", "negated")),
        ("Helpt magnesium tegen kramp? Ja, meestal wel.", ("magnesium", "TREATS", "kramp", "affirmed")),
        ("Helpt magnesium tegen kramp? Dat is niet bewezen.", ("magnesium", "TREATS", "kramp", "negated")),
        ("Mag je koffie drinken bij migraine? Ja, dat kan.", ("koffie", "CONTRAINDICATED_FOR", "migraine", "negated")),
        ("Mag je koffie drinken bij migraine? Nee.", ("koffie", "CONTRAINDICATED_FOR", "migraine", "affirmed")),
        ("Is koffie slecht bij migraine? Ja.", ("koffie", "CONTRAINDICATED_FOR", "migraine", "affirmed")),
        ("Koffie bij migraine? Liever niet.", ("Koffie", "CONTRAINDICATED_FOR", "migraine", "affirmed")),
    ],
)
def test_an_answer_says_what_becomes_of_its_question(text: str, relation: tuple[str, str, str, str]) -> None:
    assert relations_of(article_of(text)) == [relation]


@pytest.mark.parametrize("answer", ["Niet altijd.", "Soms volstaat rust niet.", "Dat kan een ontsteking zijn.", "Ja / Nee", "Wie weet?"])
def test_what_is_no_answer_leaves_a_question_open(answer: str) -> None:
    assert ("magnesium", "TREATS", "kramp") not in {
        relation[:3] for relation in relations_of(article_of(f"Helpt magnesium tegen kramp? {answer}"))
    }


@pytest.mark.parametrize(
    ("heading", "polarity"),
    [
        ("Wat helpt niet tegen migraine?", "negated"),
        ("Bij migraine helpen niet:", "negated"),
        ("Fabels over de behandeling van migraine", "negated"),
        ("Deze middelen hebben geen bewezen effect bij de behandeling van migraine:", "negated"),
        ("Wat te doen als dit niet helpt tegen migraine?", "affirmed"),
        ("Feiten en fabels over de behandeling van migraine", "affirmed"),
    ],
)
def test_a_heading_may_deny_what_it_says(heading: str, polarity: str) -> None:
    article = article_of((TITLE, None, "Hoofdpijn"), (LEAD_IN if heading.endswith(":") else HEADING, 0, heading), (ITEM, 1, "gember"))
    assert relations_of(article) == [("gember", "TREATS", "migraine", polarity)]


@pytest.mark.parametrize(
    ("heading", "item", "relation"),
    [
        ("Symptomen", "Diarree komt hierbij niet voor.", ("Griep", "HAS_SYMPTOM", "Diarree", "negated")),
        ("Symptomen", "Huiduitslag ontbreekt.", ("Griep", "HAS_SYMPTOM", "Huiduitslag", "negated")),
        ("Symptomen", "Huiduitslag, die bij kinderen ontbreekt.", ("Griep", "HAS_SYMPTOM", "Huiduitslag", "affirmed")),
        ("Behandeling", "Knoflook: populair, maar zonder enig effect.", ("Knoflook", "TREATS", "Griep", "negated")),
        ("Oorzaken", "Stress speelt hier geen rol.", ("Stress", "CAUSES", "Griep", "negated")),
    ],
)
def test_an_item_may_deny_what_its_heading_says(heading: str, item: str, relation: tuple[str, str, str, str]) -> None:
    article = article_of((TITLE, None, "Griep"), (HEADING, 0, heading), (ITEM, 1, item))
    assert relations_of(article) == [relation]


def test_an_item_may_be_taken_out_of_what_something_is_not_for() -> None:
    article = article_of(
        (TITLE, None, "Ibuprofen"), (HEADING, 0, "Niet gebruiken bij"), (ITEM, 1, "maagzweer"), (ITEM, 1, "Astma: geen probleem.")
    )
    assert relations_of(article) == [
        ("Ibuprofen", "CONTRAINDICATED_FOR", "maagzweer", "affirmed"),
        ("Ibuprofen", "CONTRAINDICATED_FOR", "Astma", "negated"),
    ]


def test_a_sentence_before_the_one_that_opens_a_list_speaks_of_the_subject() -> None:
    article = article_of(
        (TITLE, None, "Slaapapneu"), (LEAD_IN, 0, "Overgewicht is de grootste boosdoener. Denk verder aan:"), (ITEM, 1, "alcohol")
    )
    assert ("alcohol", "CAUSES", "Slaapapneu", "affirmed") in relations_of(article)
    assert ("alcohol", "CAUSES", "Overgewicht", "affirmed") not in relations_of(article)


def test_a_sentence_before_the_one_that_opens_a_list_advises_nothing() -> None:
    article = article_of(
        (TITLE, None, "Migraine"),
        (HEADING, 0, "Oorzaken"),
        (LEAD_IN, 1, "Paracetamol helpt tegen hoofdpijn. Let op:"),
        (ITEM, 2, "rode wijn"),
    )
    assert ("rode wijn", "TREATS", "hoofdpijn", "affirmed") not in relations_of(article)


def test_an_item_that_a_nutrient_heads_is_a_source_of_that() -> None:
    article = article_of((TITLE, None, "Vitamines"), (HEADING, 0, "Bronnen van vitamines"), (ITEM, 1, "Vitamine E: boter, zonnebloemolie"))
    assert [relation for relation in relations_of(article) if relation[2] == "Vitamine E"] == [
        ("boter", "CONTAINS", "Vitamine E", "affirmed"),
        ("zonnebloemolie", "CONTAINS", "Vitamine E", "affirmed"),
    ]


@pytest.mark.parametrize(
    ("sentence", "polarity"),
    [
        ("Paracetamol helpt niet tegen migraine.", "negated"),
        ("Paracetamol helpt niet alle mensen tegen migraine.", "affirmed"),
        ("Wanneer paracetamol niet helpt bij migraine, ga dan naar de huisarts.", "affirmed"),
    ],
)
def test_what_is_supposed_or_not_said_of_all_is_not_denied(sentence: str, polarity: str) -> None:
    assert ("paracetamol", polarity) in {
        (head.lower(), said) for head, type_, _, said in relations_of(article_of(sentence)) if type_ == "TREATS"
    }


def test_a_denial_is_not_carried_past_the_sentence_that_opens_a_list() -> None:
    lead_in = "Vaak zijn er geen symptomen. Sommige mensen klagen echter over:"
    article = article_of((TITLE, None, "Migraine"), (LEAD_IN, 0, lead_in), (ITEM, 1, "misselijkheid"))
    assert relations_of(article) == [("Migraine", "HAS_SYMPTOM", "misselijkheid", "affirmed")]


@pytest.mark.parametrize(
    ("title", "heading", "item", "relation"),
    [
        ("Migraine", "Etiologie", "stress", ("stress", "CAUSES", "Migraine")),
        ("Migraine", "Waar komt migraine vandaan?", "stress", ("stress", "CAUSES", "migraine")),
        ("Migraine", "Klinische manifestaties", "misselijkheid", ("Migraine", "HAS_SYMPTOM", "misselijkheid")),
        ("Migraine", "Waar heeft iemand met migraine last van?", "misselijkheid", ("migraine", "HAS_SYMPTOM", "misselijkheid")),
        ("Migraine", "U kunt de volgende klachten krijgen:", "misselijkheid", ("Migraine", "HAS_SYMPTOM", "misselijkheid")),
        ("Migraine", "Profylaxe", "magnesium", ("magnesium", "PREVENTS", "Migraine")),
        ("Migraine", "De kans op migraine kan worden verkleind door:", "magnesium", ("magnesium", "PREVENTS", "migraine")),
        ("Magnesium", "Gevolgen van een tekort", "kramp", ("Magnesium", "DEFICIENCY_CAUSES", "kramp")),
        ("Magnesium", "Gezondheidsvoordelen", "kramp", ("Magnesium", "TREATS", "kramp")),
        ("Magnesium", "Bij welke klachten helpt magnesium?", "kramp", ("magnesium", "TREATS", "kramp")),
        ("Magnesium", "Negatieve effecten", "diarree", ("Magnesium", "CAUSES", "diarree")),
        ("Magnesium", "Wie moet oppassen?", "nierfalen", ("Magnesium", "CONTRAINDICATED_FOR", "nierfalen")),
        ("Magnesium", "Waar vind je magnesium?", "spinazie", ("spinazie", "CONTAINS", "magnesium")),
    ],
)
def test_headings_speak_of_the_subject_in_many_words(title: str, heading: str, item: str, relation: tuple[str, str, str]) -> None:
    article = article_of((TITLE, None, title), (LEAD_IN if heading.endswith(":") else HEADING, 0, heading), (ITEM, 1, item))
    assert relations_of(article) == [(*relation, "affirmed")]


def test_numbered_headings_are_items_of_the_title() -> None:
    article = article_of((TITLE, None, "Drie middelen tegen migraine"), (HEADING, 0, "1. Acupunctuur"), (HEADING, 0, "2. Gember"))
    assert {relation[0] for relation in relations_of(article)} == {"Acupunctuur", "Gember"}


def test_a_lack_is_the_deficiency_that_the_article_names() -> None:
    article = article_of((TITLE, None, "IJzer en ijzertekort"), (HEADING, 0, "Tekenen van een tekort"), (ITEM, 1, "vermoeidheid"))
    assert relations_of(article) == [("ijzertekort", "HAS_SYMPTOM", "vermoeidheid", "affirmed")]


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("Migraine is vervelend. Magnesium helpt bij deze aandoening.", ("Magnesium", "TREATS", "Migraine", "affirmed")),
        ("Migraine is vervelend. Hiertegen helpt magnesium.", ("magnesium", "TREATS", "Migraine", "affirmed")),
        ("Magnesium is belangrijk. Een tekort veroorzaakt kramp.", ("Magnesium", "DEFICIENCY_CAUSES", "kramp", "affirmed")),
    ],
)
def test_a_reference_stands_for_what_was_named(text: str, relation: tuple[str, str, str, str]) -> None:
    assert relation in relations_of(article_of(text))


def test_one_relation_per_fact_with_all_its_evidence() -> None:
    assert len(relations_of(article_of("Magnesium helpt tegen kramp.", "Magnesium helpt bij kramp."))) == 1


def table(*rows: str) -> Article:
    """An article with a title about jicht and one table; the first row is its header."""
    base = article_of((TITLE, None, "Jicht"), *((BlockKind.TABLE_ROW, None, row) for row in rows))
    blocks: list[Block] = [base.blocks[0]]
    for number, (block, row) in enumerate(zip(base.blocks[1:], rows, strict=True)):
        cells, start = [], block.start
        for cell in row.split(" | "):
            cells.append(Span(start, start + len(cell)))
            start += len(cell) + 3
        kind, parent = (BlockKind.TABLE_HEADER, 0) if number == 0 else (BlockKind.TABLE_ROW, 1)
        blocks.append(Block(kind, 0, parent, block.start, block.end, tuple(cells)))
    return Article(base.source, None, base.text, tuple(blocks), base.offsets, ())


def test_a_column_states_what_its_header_says() -> None:
    assert relations_of(table("Middel | Helpt bij | Niet bij", "Ibuprofen | hoofdpijn | maagzweer")) == [
        ("Ibuprofen", "TREATS", "hoofdpijn", "affirmed"),
        ("Ibuprofen", "CONTRAINDICATED_FOR", "maagzweer", "affirmed"),
    ]


def test_an_amount_under_a_nutrient_is_its_content() -> None:
    assert relations_of(table("Product | Magnesium per 100 g", "Amandelen | 270 mg")) == [
        ("Amandelen", "CONTAINS", "Magnesium", "affirmed")
    ]


def test_a_verdict_judges_the_row_for_the_subject() -> None:
    assert relations_of(table("Product | Wel of niet?", "Bier | niet", "Koffie | wel")) == [
        ("Bier", "CONTRAINDICATED_FOR", "Jicht", "affirmed"),
        ("Koffie", "CONTRAINDICATED_FOR", "Jicht", "negated"),
    ]


def test_columns_side_by_side_judge_what_stands_in_them() -> None:
    assert relations_of(table("Mag | Mag niet", "Kersen | Bier")) == [
        ("Kersen", "CONTRAINDICATED_FOR", "Jicht", "negated"),
        ("Bier", "CONTRAINDICATED_FOR", "Jicht", "affirmed"),
    ]


def test_a_column_judges_for_the_condition_that_its_row_begins_with() -> None:
    assert relations_of(table("Soort | Verboden", "Maagzweer | Koffie")) == [("Koffie", "CONTRAINDICATED_FOR", "Maagzweer", "affirmed")]


@pytest.mark.parametrize(("cell", "polarity"), [("ja", "negated"), ("nee", "affirmed")])
def test_a_verdict_judges_for_the_condition_that_its_header_asks_about(cell: str, polarity: str) -> None:
    assert relations_of(table("Product | Geschikt bij maagzweer?", f"Koffie | {cell}")) == [
        ("Koffie", "CONTRAINDICATED_FOR", "maagzweer", polarity)
    ]


@pytest.mark.parametrize(
    ("header", "row", "relation"),
    [
        ("Middel | Tegen", "Ibuprofen | koorts", ("Ibuprofen", "TREATS", "koorts")),
        ("Middel | Klacht", "Ibuprofen | koorts", ("Ibuprofen", "TREATS", "koorts")),
        ("Middel | Geeft", "Ibuprofen | misselijkheid", ("Ibuprofen", "CAUSES", "misselijkheid")),
        ("Middel | Verboden bij", "Ibuprofen | maagzweer", ("Ibuprofen", "CONTRAINDICATED_FOR", "maagzweer")),
        ("Middel | Niet gebruiken bij", "Ibuprofen | maagzweer", ("Ibuprofen", "CONTRAINDICATED_FOR", "maagzweer")),
        ("Klacht | Mogelijke oorzaak", "Hoofdpijn | stress", ("stress", "CAUSES", "Hoofdpijn")),
        ("Klacht | Kan wijzen op", "Koorts | griep", ("griep", "HAS_SYMPTOM", "Koorts")),
        ("Klacht | Kruid", "Hoest | tijm", ("tijm", "TREATS", "Hoest")),
        ("Mineraal | Bron", "IJzer | linzen", ("linzen", "CONTAINS", "IJzer")),
        ("Vitamine | Te weinig", "Vitamine C | scheurbuik", ("Vitamine C", "DEFICIENCY_CAUSES", "scheurbuik")),
    ],
)
def test_headers_of_one_word(header: str, row: str, relation: tuple[str, str, str]) -> None:
    assert relations_of(table(header, row)) == [(*relation, "affirmed")]


def test_headers_of_sentences_judge_their_columns() -> None:
    assert relations_of(table("Niet eten bij jicht | Mag gewoon", "bier | kersen")) == [
        ("bier", "CONTRAINDICATED_FOR", "jicht", "affirmed"),
        ("kersen", "CONTRAINDICATED_FOR", "jicht", "negated"),
    ]


def test_how_often_is_no_verdict_on_a_column() -> None:
    assert relations_of(table("Middel | Vaak | Zelden", "Ibuprofen | misselijkheid | braken")) == [
        ("Ibuprofen", "CAUSES", "misselijkheid", "affirmed"),
        ("Ibuprofen", "CAUSES", "braken", "affirmed"),
    ]


def test_rows_say_what_stands_in_columns_of_conditions() -> None:
    article = table(
        " | Migraine | Griep", "Oorzaken | stress | kou", "Symptomen | misselijkheid | geen braken", "Arts | neuroloog | huisarts"
    )
    assert set(relations_of(article)) == {
        ("stress", "CAUSES", "Migraine", "affirmed"),
        ("Migraine", "HAS_SYMPTOM", "misselijkheid", "affirmed"),
        ("Griep", "HAS_SYMPTOM", "braken", "negated"),
        ("Migraine", "CONSULT", "neuroloog", "affirmed"),
        ("Griep", "CONSULT", "huisarts", "affirmed"),
    }


def test_the_header_over_the_first_column_may_be_left_out() -> None:
    assert relations_of(table("Migraine | Griep", "Behandeling | triptanen | paracetamol")) == [
        ("triptanen", "TREATS", "Migraine", "affirmed"),
        ("paracetamol", "TREATS", "Griep", "affirmed"),
    ]


def test_a_row_may_end_before_its_header_does() -> None:
    assert relations_of(table("Middel | Tegen | Niet bij", "Ibuprofen | koorts")) == [("Ibuprofen", "TREATS", "koorts", "affirmed")]


def test_rows_speak_of_the_subject_where_columns_say_nothing() -> None:
    assert relations_of(table("Onderwerp | Uitleg", "Oorzaken | stress", "Wat helpt | rust")) == [
        ("stress", "CAUSES", "Jicht", "affirmed"),
        ("rust", "TREATS", "Jicht", "affirmed"),
    ]


def test_a_cell_says_whether_a_symptom_is_there() -> None:
    assert set(relations_of(table("Klacht | Verkoudheid | Griep", "Koorts | nee | hoog", "Niezen | ++ | 39 graden"))) == {
        ("Verkoudheid", "HAS_SYMPTOM", "Koorts", "negated"),
        ("Griep", "HAS_SYMPTOM", "Koorts", "affirmed"),
        ("Verkoudheid", "HAS_SYMPTOM", "Niezen", "affirmed"),
    }


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        ("Niet", Polarity.AFFIRMED),
        ("liever beperken", Polarity.AFFIRMED),
        ("mag meestal", Polarity.NEGATED),
        ("wel!", Polarity.NEGATED),
        ("270 mg", None),
        ("", None),
    ],
)
def test_verdicts(cell: str, verdict: Polarity | None) -> None:
    assert verdict_of(cell) is verdict
