"""Exchanges sketches with the tests: reads {kind: [base64, ...]} made there, and makes its own of the same values.

Arguments: none. Input (JSON): {"sizes": [...], "images": {kind: [base64 by size]}}.
Output (JSON): {kind: [{"image": base64, "answers": [...of its own], "read": [...of the image read]} by size]}.
"""

import base64
import json
import sys

import datasketches as ds

FRACTIONS = [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0]


def theta(size):
    sketch = ds.update_theta_sketch(9)
    for i in range(size):
        sketch.update("value " + str(i))
    return sketch.compact()


def hll(kind, as_text):
    def make(size):
        sketch = ds.hll_sketch(11, kind)
        for i in range(size):
            sketch.update("value " + str(i) if as_text else i)
        return sketch

    return make


def numbers(make_empty):
    def make(size):
        sketch = make_empty()
        for i in range(size):
            sketch.update(float(i * 7919 % max(size, 1)))
        return sketch

    return make


def count_answers(sketch):
    return [sketch.get_estimate(), sketch.get_lower_bound(2), sketch.get_upper_bound(2)]


def hll_answers(sketch):
    return [sketch.get_estimate(), sketch.get_lower_bound(2), sketch.get_upper_bound(2)]


def quantile_answers(sketch):
    if sketch.is_empty():
        return [0]
    found = [sketch.n, sketch.get_min_value(), sketch.get_max_value()]
    found += [sketch.get_quantile(fraction, True) for fraction in FRACTIONS]
    return found + [sketch.get_rank(sketch.n / 3, True)]


KINDS = {
    "theta": (theta, ds.compact_theta_sketch.deserialize, count_answers, lambda s: s.serialize()),
    "HLL_4": (hll(ds.HLL_4, True), ds.hll_sketch.deserialize, hll_answers, lambda s: s.serialize_compact()),
    "HLL_6": (hll(ds.HLL_6, False), ds.hll_sketch.deserialize, hll_answers, lambda s: s.serialize_compact()),
    "HLL_8": (hll(ds.HLL_8, True), ds.hll_sketch.deserialize, hll_answers, lambda s: s.serialize_compact()),
    "quantiles": (
        numbers(lambda: ds.quantiles_doubles_sketch(128)),
        ds.quantiles_doubles_sketch.deserialize,
        quantile_answers,
        lambda s: s.serialize(),
    ),
    "KLL doubles": (
        numbers(lambda: ds.kll_doubles_sketch(200)),
        ds.kll_doubles_sketch.deserialize,
        quantile_answers,
        lambda s: s.serialize(),
    ),
    "KLL floats": (
        numbers(lambda: ds.kll_floats_sketch(200)),
        ds.kll_floats_sketch.deserialize,
        quantile_answers,
        lambda s: s.serialize(),
    ),
}

given = json.load(sys.stdin)
output = {}
for kind, (make, read, answers, write) in KINDS.items():
    output[kind] = []
    for size, image in zip(given["sizes"], given["images"][kind]):
        made = make(size)
        output[kind].append(
            {
                "image": base64.b64encode(write(made)).decode(),
                "answers": answers(made),
                "read": answers(read(base64.b64decode(image))),
            }
        )
json.dump(output, sys.stdout)
