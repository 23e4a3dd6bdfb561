"""Input transformers: a value that is 0, false or empty stays what it is.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html (as at 2026-11-23)
"""

import json
from collections.abc import Callable
from typing import Any

from localstack.services.events import target
from localstack.utils.json import extract_jsonpath
from localstack.utils.patch import patch


def apply() -> None:
    @patch(target.get_template_replacements)
    def get_template_replacements(_original: Callable[..., Any], input_transformer: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        paths = input_transformer.get("InputPathsMap") or {}
        return {name: _value_at(path, event) for name, path in paths.items() if name not in target.PREDEFINED_PLACEHOLDERS}

    @patch(target.replace_template_placeholders)
    def replace_template_placeholders(original: Callable[..., Any], template: str, replacements: dict[str, Any]) -> Any:
        # A number reads the same inside and outside of quotes; LocalStack's own code puts text alone inside.
        for name, value in replacements.items():
            if isinstance(value, int | float):
                template = template.replace(f"<{name}>", json.dumps(value))
        return original(template, replacements)


def _value_at(path: str, event: dict[str, Any]) -> Any:
    value = extract_jsonpath(event, path)
    return "" if value is None or value == [] else value
