"""The text that Prometheus reads."""

from bot.metrics import Family, Histogram


def test_a_counter_with_labels_is_escaped_and_sorted() -> None:
    """Backslash, quote and line end as the format wants them."""
    family = Family("x_total", "counter", "What it is.", ("tool",))
    family.add(2, 'a"\\\n')
    family.add(0.5, "Z")
    assert list(family.lines()) == [
        "# HELP x_total What it is.",
        "# TYPE x_total counter",
        'x_total{tool="Z"} 0.5',
        'x_total{tool="a\\"\\\\\\n"} 2',
    ]


def test_a_gauge_forgets_what_is_no_longer_there() -> None:
    family = Family("x", "gauge", "m", ("state",))
    family.put({("open",): 1.0})
    family.put({("closed",): 2.0})
    assert list(family.lines())[2:] == ['x{state="closed"} 2']


def test_buckets_are_cumulative_and_hold_their_bound() -> None:
    """A time that is exactly a bound belongs to its bucket; what is longer than all is in +Inf only."""
    histogram = Histogram("t", "m", (0.5, 1.0))
    for seconds in (0.5, 0.7, 3.0):
        histogram.observe(seconds)
    assert list(histogram.lines())[2:] == [
        't_bucket{le="0.5"} 1',
        't_bucket{le="1"} 2',
        't_bucket{le="+Inf"} 3',
        "t_sum 4.2",
        "t_count 3",
    ]
