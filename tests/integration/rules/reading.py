"""Finding buttons whatever their language: by the place that they lead to."""


def leading_to(visitor, place):
    """Return the label of the newest message's button that leads to the place."""
    for ending in ("~", "", ":"):  # With a trail, without one, or with further arguments.
        for button in visitor.buttons:
            data = f"{button['data']}~" if ending == "" else button["data"]
            if data.startswith(f"v1:{place}{ending or '~'}"):
                return button["text"]
    raise AssertionError(f"no button leads to {place!r}: {visitor.labels}")


async def go(visitor, *places):
    """Press the buttons that lead from place to place."""
    for place in places:
        await visitor.press(leading_to(visitor, place))


def in_form(visitor, *parts):
    """Return the label of the open form's button for this, such as `ok` or `c:email`."""
    wanted = ":".join(parts)
    for button in visitor.buttons:
        operation = button["data"].split("~")[0].split(":", 3)
        if operation[:2] == ["v1", "f"] and operation[3].startswith(wanted):
            return button["text"]
    raise AssertionError(f"no button {wanted!r} in the form: {visitor.labels}")


async def press_in_form(visitor, *parts):
    """Press one of the open form's buttons."""
    await visitor.press(in_form(visitor, *parts))
