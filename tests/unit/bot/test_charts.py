"""Charts: whatever the numbers, a PNG of a size that a phone shows well."""

import struct

import pytest

from bot.looks.charts import Bars, Counts, Pairs, draw

WORDS = {"title": "Money in by day", "subtitle": "KES 0 from 10 Nov to 23 Nov"}


def bars(*values):
    return Bars(**WORDS, labels=[str(number) for number in range(len(values))], values=values)


def pairs(wanted, come):
    names = {"wanted_name": "Due", "come_name": "Paid"}
    return Pairs(**WORDS, **names, labels=["Oct", "Nov"], wanted=wanted, come=come)


def counts(*values):
    labels = [f"state {number}" for number in range(len(values))]
    return Counts(**WORDS, labels=labels, values=values, colours=["#1E8E4E"] * len(values))


@pytest.mark.parametrize(
    "chart",
    [
        bars(0, 0, 0),
        bars(1),
        bars(5, 250_000, 1_500),
        bars(10**9, 3),
        pairs([0, 0], [0, 0]),
        pairs([1500, 90_000], [0, 90_000]),
        counts(0, 0),
        counts(1, 12_000),
    ],
)
def test_a_chart_is_a_picture_of_1080_by_900(chart):
    png = draw(chart)

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (1080, 900)


def test_other_numbers_are_another_picture():
    assert draw(bars(1, 2)) != draw(bars(2, 1))
    assert draw(bars(1, 2)) == draw(bars(1, 2))
