"""{{description}}"""

from proxbox_sdk import Context, {{Facts}}, Outcome, {{interface_}}


@{{interface_}}.wrap
def change(cx: Context, fact: {{Facts}}, usual: Outcome) -> Outcome:
    """`usual` is what the next mapper made, at the end of the chain the built-in one.

    Change a field of it with `usual.set(description="…")`, or leave the object out with `skip("…")`.
    """
    return usual
