"""Checks of our own for schemathesis.toml."""

import schemathesis

# What zod finds by the form of a value alone, and so does the document.
BY_FORM = {"invalid_type", "invalid_value", "invalid_format", "invalid_union", "invalid_key"}
BY_FORM |= {"too_small", "too_big", "unknown_field"}


@schemathesis.check
def refusals_add_to_the_document(ctx, response, case):
    """A request that fits its schema is not refused for what the schema itself could have said."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    for error in response.json().get("errors", []):
        if error["code"] in BY_FORM:
            raise AssertionError(f"the document allows what is refused at {error['pointer']}: {error['detail']}")
