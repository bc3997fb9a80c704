"""The table of settings in docs/operating.md, made from the settings themselves: `python -m dunwell.settings_table`."""

from __future__ import annotations

from pydantic import SecretStr

from dunwell.settings import Settings


def settings_table() -> str:
    """Markdown: each variable, its default, what it is for."""
    rows = ["| variable | default | what it is |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        shown = (
            f"`{str(default).lower() if isinstance(default, bool) else default}`" if default not in ("", None) else ""
        )
        rows.append(f"| `DUNWELL_{name.upper()}` | {shown} | {field.description or ''} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(settings_table())
