"""Writes Arrow streams in the layouts of Snowflake's results, with pyarrow: one line of JSON, name to base64."""
import base64
import decimal
import json

import pyarrow as pa


def stream(*batches: pa.RecordBatch) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return base64.b64encode(sink.getvalue().to_pybytes()).decode()


def struct(rows: list[tuple[int, ...] | None], *names: str) -> pa.Array:
    kinds = {"epoch": pa.int64(), "fraction": pa.int32(), "timezone": pa.int32()}
    values = [None if row is None else dict(zip(names, row)) for row in rows]
    return pa.array(values, pa.struct([(name, kinds[name]) for name in names]))


def main() -> None:
    numbers = pa.record_batch(
        [
            pa.array([-128, None, 127], pa.int8()),
            pa.array([-5, 0, 12345], pa.int16()),
            pa.array([-2147483648, 1, None], pa.int32()),
            pa.array([9223372036854775807, -1, 0], pa.int64()),
            pa.array([decimal.Decimal("-99999999999999999999999999999999999.999"), None, decimal.Decimal("0.001")],
                     pa.decimal128(38, 3)),
            pa.array([1.5, float("nan"), -0.0], pa.float64()),
            pa.array([True, None, False], pa.bool_()),
        ],
        names=["i8", "i16", "i32", "i64", "dec", "real", "flag"])
    times = pa.record_batch(
        [
            pa.array([-719162, None], pa.int32()).cast(pa.date32()),
            pa.array([86399999999999, 0], pa.int64()),
            struct([(-1, 500000000), None], "epoch", "fraction"),
            pa.array([-1500, 0], pa.int64()),
            struct([(253402300799, 999999999, 2279), (0, 0, 1440)], "epoch", "fraction", "timezone"),
            struct([(1700000000123, 1380), None], "epoch", "timezone"),
        ],
        names=["d", "t", "ntz", "ntz3", "tz", "tz3"])
    texts = pa.record_batch(
        [
            pa.array(["é", "", None], pa.string()),
            pa.array([b"\x00\xff", None, b""], pa.binary()),
            pa.array(['{"a":1}', "x", "y"], pa.large_string()),
        ],
        names=["s", "b", "v"])
    print(json.dumps({
        "numbers": stream(numbers),
        "sliced": stream(numbers.slice(1), numbers.slice(2, 1)),
        "times": stream(times),
        "texts": stream(texts),
        "holes": stream(pa.record_batch([
            pa.StructArray.from_arrays([pa.array([None, 1], pa.int64()), pa.array([None, 2], pa.int32())],
                                       names=["epoch", "fraction"])], names=["n"])),
        "torn": stream(pa.record_batch([
            pa.StructArray.from_arrays([pa.array([1], pa.int64()), pa.array([None], pa.int32())],
                                       names=["epoch", "fraction"])], names=["n"])),
        "list": stream(pa.record_batch([pa.array([[1]], pa.list_(pa.int64()))], names=["l"])),
    }))


main()
