"""JSONata in Python: LocalStack's own engine starts a Java virtual machine, after downloading one.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (as at 2026-11-23)
"""
# ruff: noqa: SLF001 - LocalStack's own parts are mended in place

import hashlib
import json
import sys
import uuid
from typing import Any

import jsonata
from localstack.services.stepfunctions import provider as _all_importers  # noqa: F401 - each keeps a name of its own
from localstack.services.stepfunctions.asl.component.intrinsic import jsonata as intrinsic
from localstack.services.stepfunctions.asl.jsonata import jsonata as localstack_jsonata
from localstack.services.stepfunctions.asl.parse import preprocessor
from localstack.services.stepfunctions.asl.utils.encoding import to_json_str

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def apply() -> None:
    localstack_jsonata._eval_jsonata = evaluate
    # LocalStack 4.14.0 answers with the text that they are not supported, and the state succeeds.
    for name in ("$hash", "$uuid"):
        intrinsic._DECLARATION_BY_VARIABLE_REFERENCE.pop(name, None)
    for module in list(sys.modules.values()):
        if getattr(module, "encode_jsonata_variable_declarations", None) is not None:
            module.encode_jsonata_variable_declarations = declare_variables
    preprocessor.from_string_literal = text_of
    preprocessor.Preprocessor.visitAssign_template_value_terminal_string_literal = _assigned_text


def evaluate(expression: str) -> Any:
    """Return the value of `expression` as JSON has it.

    Raises:
        JSONataException: It cannot be evaluated.
    """
    try:
        program = jsonata.Jsonata(expression)
        program.register_lambda("uuid", lambda: str(uuid.uuid4()))
        program.register_lambda("hash", hash_of)
        return json.loads(json.dumps(program.evaluate(None)))
    except Exception as error:
        raise localstack_jsonata.JSONataException("UNKNOWN", str(error)) from error


def hash_of(value: str, algorithm: str = "SHA-256") -> str:
    if algorithm not in _HASHES:
        raise ValueError(f"$hash knows no algorithm {algorithm}; it knows {', '.join(_HASHES)}.")
    return hashlib.new(_HASHES[algorithm], str(value).encode(), usedforsecurity=False).hexdigest()


def declare_variables(bindings: dict[str, Any]) -> str:
    """Return the declarations that go before an expression; a text may hold quotes, which LocalStack 4.14.0 does not escape."""
    return "".join(f"{name}:={to_json_str(value, separators=(',', ':'))};" for name, value in bindings.items())


def text_of(parser_rule_context: Any) -> str | None:
    """Return the text of a string in a definition, which is JSON and not Python: a character may be two escapes."""
    literal = parser_rule_context.getText()
    return json.loads(literal) if literal.startswith('"') else literal


def _assigned_text(_self: Any, context: Any) -> Any:
    return preprocessor.AssignTemplateValueTerminalLit(value=text_of(context.string_literal()))
