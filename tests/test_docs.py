"""The documentation is true: commands, options, fields, relations and links in it exist, and none is missing."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pipeline import input_options
from pipeline.cli import app
from pipeline.dataset.containers import ARCHIVES, CONTAINERS, FORMATS
from pipeline.dataset.containers.packing import PACKINGS
from pipeline.dataset.duplicates import DUPLICATE
from pipeline.dataset.outcome import INTERNAL_ERROR, OUT_OF_MEMORY, TIMEOUT, WORKER_DIED
from pipeline.readers import READERS
from pipeline.schema import SIGNATURES, SUBTYPES, ArticleRecord, BlockKind, ConceptRecord, RelationType, TripleRecord

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"```console\n(.*?)```", README, re.DOTALL) + re.findall(r"`([^`\n]+)`", README)
LINES = sorted({line.partition("#")[0].removeprefix("$ ").strip() for code in CODE for line in code.splitlines()})


def commands_of(group: Any, before: str = "") -> dict[str, Any]:
    """All commands by name, those of a group behind its name."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        found |= commands_of(command, f"{before}{name} ") if hasattr(command, "commands") else {f"{before}{name}": command}
    return found


COMMANDS = commands_of(get_command(app))
TARGETS = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def calls(program: str) -> list[list[str]]:
    """Arguments of every call of ``program`` in the README."""
    found = (shlex.split(line) for line in LINES if re.match(rf"(?:\S*/)?{program} ", line))
    return [words[1:] for words in found]


def split_call(arguments: list[str]) -> tuple[str, list[str]]:
    """The name of a command, which may be two words, and its arguments."""
    words = 2 if " ".join(arguments[:2]) in COMMANDS else 1
    return " ".join(arguments[:words]), arguments[words:]


def test_the_readme_opens_with_the_two_commands() -> None:
    assert re.match(r"# health-triples-nl\n\n```console\nmake run .*\nmake test .*\n```\n", README)


@pytest.mark.parametrize("arguments", calls("health-triples"), ids=" ".join)
def test_every_call_in_the_readme_can_be_parsed(arguments: list[str]) -> None:
    name, rest = split_call(arguments)
    if name.startswith("--"):
        assert arguments == ["--help"]
        return
    command = COMMANDS[name]
    if rest and rest != ["--help"]:  # a command that is only mentioned has no arguments
        command.make_context(name, rest)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_readme(name: str) -> None:
    assert name in {split_call(arguments)[0] for arguments in calls("health-triples")}


@pytest.mark.parametrize("subtype", [subtype for subtypes in SUBTYPES.values() for subtype in subtypes])
def test_every_subtype_is_named(subtype: str) -> None:
    assert f"`{subtype}`" in README


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, option) for name, command in sorted(COMMANDS.items()) for p in command.params for option in p.opts if option.startswith("--")],
)
def test_every_option_is_in_the_readme(name: str, option: str) -> None:
    assert option in README


def test_make_targets_of_the_readme_and_the_makefile_are_the_same() -> None:
    assert {arguments[0] for arguments in calls("make")} == TARGETS


@pytest.mark.parametrize(
    "field", sorted({*ArticleRecord.model_fields, *TripleRecord.model_fields, *ConceptRecord.model_fields} - {"head_text", "tail_text"})
)
def test_every_field_is_explained(field: str) -> None:
    if field.startswith(("head_", "tail_")):
        assert "text, concept, concept id and type of head and tail" in README
    else:
        assert f"`{field}`" in README


@pytest.mark.parametrize("kind", BlockKind)
def test_every_kind_of_block_is_named(kind: BlockKind) -> None:
    assert f"`{kind}`" in README


@pytest.mark.parametrize("suffix", READERS)
def test_every_suffix_is_named(suffix: str) -> None:
    assert f"`{suffix}`" in README


@pytest.mark.parametrize("suffix", [*CONTAINERS, *sorted(ARCHIVES), *(packing for packing in PACKINGS if packing != ".zstd")])
def test_every_suffix_of_a_container_is_named(suffix: str) -> None:
    assert f"`{suffix}`" in README


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_is_named_and_can_be_chosen(format_: str) -> None:
    assert f"`{format_}`" in README
    assert format_ in input_options.FORMATS


def reasons() -> set[str]:
    """Every reason for which an input can be rejected, as the code writes it."""
    found = set()
    for path in (ROOT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first = node.args[:1] if name in {"UnreadableInput", "UncleanableInput", "InvalidRecord"} else []
                given = [keyword.value for keyword in node.keywords if keyword.arg == "reason" and name == "RejectedRecord"]
                found |= {value.value for value in [*first, *given] if isinstance(value, ast.Constant)}
    return {reason for reason in found if isinstance(reason, str)} | {DUPLICATE, INTERNAL_ERROR, OUT_OF_MEMORY, TIMEOUT, WORKER_DIED}


def test_every_reason_of_rejection_is_explained_and_no_other() -> None:
    table = README.partition("| stage | reason |")[2].partition("\n\n")[0]
    said = {reason for row in table.splitlines()[2:] for reason in re.findall(r"`([a-z-]+)`", row.split("|")[2])}
    assert said == reasons()
    assert "too-large" in said


def test_the_table_of_relations_is_that_of_the_schema() -> None:
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \| ([a-z, ]+) \| ([a-z, ]+) \|$", README, re.MULTILINE)
    said = {
        RelationType(name): (frozenset(heads.upper().split(", ")), frozenset(tails.upper().split(", ")))
        for names, heads, tails in rows
        for name in re.findall(r"[A-Z_]+", names)
    }
    assert said == SIGNATURES


@pytest.mark.parametrize("path", [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
