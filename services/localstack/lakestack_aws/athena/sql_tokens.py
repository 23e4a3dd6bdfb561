r"""SQL as tokens with offsets: comments are out, and nothing else is interpreted.

Two spellings: Trino's (`'it''s'`, `"name"`) and Hive's (`'it\\'s'`, `"a string"`). Backticks quote a name in both,
so that a statement can be looked at before it is known whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from sqlglot import tokens as sqlglot_tokens
from sqlglot.errors import TokenError


class Kind(Enum):
    WORD = auto()
    NAME = auto()
    STRING = auto()
    NUMBER = auto()
    SYMBOL = auto()


@dataclass(frozen=True)
class Token:
    """One token.

    Attributes:
        text: The value: a quoted name or string without its quotes.
        start: Offset of its first character.
        end: Offset after its last one.
        quote: The character that opens it, of a name or string.
    """

    kind: Kind
    text: str
    start: int
    end: int
    quote: str = ""

    def is_word(self, *words: str) -> bool:
        return self.kind is Kind.WORD and self.text.upper() in words

    def is_symbol(self, symbol: str) -> bool:
        return self.kind is Kind.SYMBOL and self.text == symbol


# With no keywords sqlglot's tokenizer is a plain lexer: one token per word and per symbol, and no statement is swallowed as a command.
class _TrinoLexer(sqlglot_tokens.Tokenizer):
    KEYWORDS: ClassVar = {}
    COMMANDS: ClassVar = set()
    IDENTIFIERS: ClassVar = ['"', "`"]
    STRING_ESCAPES: ClassVar = ["'"]
    HEX_STRINGS: ClassVar = [("x'", "'"), ("X'", "'")]
    UNICODE_STRINGS: ClassVar = [("U&'", "'"), ("u&'", "'")]
    COMMENTS: ClassVar = ["--", ("/*", "*/")]
    NESTED_COMMENTS = False


class _HiveLexer(_TrinoLexer):
    QUOTES: ClassVar = ["'", '"']
    IDENTIFIERS: ClassVar = ["`"]
    STRING_ESCAPES: ClassVar = ["\\", "'"]
    HEX_STRINGS: ClassVar = []
    UNICODE_STRINGS: ClassVar = []


_KINDS = {
    "VAR": Kind.WORD,
    "IDENTIFIER": Kind.NAME,
    "STRING": Kind.STRING,
    "HEX_STRING": Kind.STRING,
    "UNICODE_STRING": Kind.STRING,
    "NUMBER": Kind.NUMBER,
}


def trino_tokens(sql: str) -> tuple[Token, ...]:
    """Return the tokens of `sql` as Trino reads it.

    Raises:
        TokenError: A string, name or comment does not end.
    """
    return _tokens(_TrinoLexer(), sql)


def hive_tokens(sql: str) -> tuple[Token, ...]:
    """Return the tokens of `sql` as Hive reads it.

    Raises:
        TokenError: A string, name or comment does not end.
    """
    return _tokens(_HiveLexer(), sql)


def _tokens(lexer: sqlglot_tokens.Tokenizer, sql: str) -> tuple[Token, ...]:
    found = []
    for token in lexer.tokenize(sql):
        kind = _KINDS.get(token.token_type.name, Kind.SYMBOL)
        quote = sql[token.start] if kind in (Kind.NAME, Kind.STRING) else ""
        found.append(Token(kind, token.text, token.start, token.end + 1, quote))
    return tuple(found)


class Cursor:
    """Reads tokens one after another; `expect` names what is missing."""

    def __init__(self, tokens: Sequence[Token], sql: str) -> None:
        self.tokens = tokens
        self.sql = sql
        self.index = 0

    @property
    def current(self) -> Token | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    @property
    def is_at_end(self) -> bool:
        return self.current is None

    def peek(self, *words: str) -> bool:
        """Say whether the next tokens are these words or symbols."""
        ahead = self.tokens[self.index : self.index + len(words)]
        return len(ahead) == len(words) and all(
            token.kind in (Kind.WORD, Kind.SYMBOL) and token.text.upper() == word for token, word in zip(ahead, words, strict=True)
        )

    def take(self, *words: str) -> bool:
        """Step over these words or symbols if they are next."""
        if self.peek(*words):
            self.index += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Step over these words or symbols.

        Raises:
            SyntaxProblem: Something else stands there.
        """
        for word in words:
            if not self.take(word):
                raise self.problem(f"'{word}'")

    def next(self, *kinds: Kind, what: str) -> Token:
        """Return the next token and step over it.

        Raises:
            SyntaxProblem: It is not one of `kinds`.
        """
        token = self.current
        if token is None or token.kind not in kinds:
            raise self.problem(what)
        self.index += 1
        return token

    def problem(self, expected: str) -> "SyntaxProblem":
        token = self.current
        offset = token.start if token else len(self.sql)
        line = self.sql.count("\n", 0, offset) + 1
        column = offset - (self.sql.rfind("\n", 0, offset) + 1)
        found = f"'{self.sql[token.start : token.end]}'" if token else "'<EOF>'"
        return SyntaxProblem(f"line {line}:{column}: mismatched input {found} expecting {expected}")


class SyntaxProblem(Exception):
    """A statement that does not read as expected; the text has the position, as Athena's Hive parser words it."""


__all__ = ["Cursor", "Kind", "SyntaxProblem", "Token", "TokenError", "hive_tokens", "trino_tokens"]
