"""The house keeps its own rules: what a linter cannot count, and what travels with the program."""

import ast
import csv
import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "bridge").rglob("*.py"))
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
LAZY_MODULES = {"bridge/faces/cli.py"}  # its table of commands keeps the start quick
GENERATED = {".git", ".hypothesis", ".venv", "build", "demo", "dist"}  # at the root only
ADDRESSES = re.compile(r"pypi\.org|pythonhosted|/work/")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(path: Path) -> str:
    """The path as a person writes it, from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method in the tree, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Lines from the first statement to the last, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def public_definitions(node: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """Public functions, classes and methods that other code can name."""
    for child in node.body:
        if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public_definitions(child)


def is_blanket(handler: ast.ExceptHandler) -> bool:
    """True for `except:` and for `Exception` or `BaseException` anywhere in its list."""
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return not names.isdisjoint({"Exception", "BaseException"})


def committed_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file a commit could hold, except this one and what is no text."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        is_made = parts[0] in GENERATED or any(part.endswith(("__pycache__", "_cache", ".egg-info")) for part in parts)
        if is_made or path == Path(__file__) or not path.is_file():
            continue
        data = path.read_bytes()
        if b"\0" not in data:
            yield named(path), data.decode("utf-8", errors="replace")


@pytest.fixture(params=MODULES, ids=named)
def module(request: pytest.FixtureRequest) -> Path:
    """Each module of the package in turn."""
    path: Path = request.param
    return path


@pytest.fixture
def tree(module: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(module.read_text(encoding="utf-8"))


def test_no_file_is_longer_than_a_reader_can_hold(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES


def test_no_function_has_a_long_tail(tree: ast.Module) -> None:
    long = {f.name: body_lines(f) for f in functions(tree) if body_lines(f) > MAX_FUNCTION_LINES}
    assert long == {}


def test_no_except_catches_everything(tree: ast.Module) -> None:
    blanket = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and is_blanket(node)]
    assert blanket == []


def test_imports_stand_at_the_top_of_a_module(module: Path, tree: ast.Module) -> None:
    inner = [n.lineno for f in functions(tree) for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert inner == [] or named(module) in LAZY_MODULES


def test_every_public_name_says_what_it_is(tree: ast.Module) -> None:
    assert ast.get_docstring(tree), "the module has no docstring"
    assert [node.name for node in public_definitions(tree) if not ast.get_docstring(node)] == []


def test_nothing_to_commit_names_a_registry_or_a_machine() -> None:
    assert [name for name, text in committed_texts() if ADDRESSES.search(text)] == []


def test_every_pin_carries_a_hash_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", lock, flags=re.MULTILINE))
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in lock


def test_everything_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = (
        project["project"]["dependencies"] + project["dependency-groups"]["dev"] + project["build-system"]["requires"]
    )
    names = {re.split(r"[^a-z0-9-]", requirement.lower())[0] for requirement in asked}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert names <= set(re.findall(r"^([a-z0-9-]+)==", lock, flags=re.MULTILINE))


@pytest.mark.parametrize(("folder", "count"), [("ai", 21), ("smf", 111)])
def test_every_file_of_the_corpus_is_the_one_its_manifest_names(corpus: Path, folder: str, count: int) -> None:
    with (corpus / folder / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        expected = {row["file"]: row["sha256"] for row in csv.DictReader(manifest)}
    files = [path for path in (corpus / folder).iterdir() if path.name != "manifest.csv"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == expected
    assert len(expected) == count


def test_the_demo_plays_the_corpus_file_and_carries_its_licence(corpus: Path) -> None:
    songs = ROOT / "bridge" / "_songs"
    name = "jam__20221206_153823.mid"
    licence = (corpus / "licences" / "misnaej+the-jam-machine.txt").read_text(encoding="utf-8")
    assert (songs / name).read_bytes() == (corpus / "ai" / name).read_bytes()
    assert (songs / "LICENSE-jam.txt").read_text(encoding="utf-8").endswith(licence)
