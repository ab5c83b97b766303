"""Prints the types and the rows of a Parquet file as pyarrow reads them: parquet_rows.py FILE"""
import sys

import pyarrow.parquet as pq

table = pq.read_table(sys.argv[1])
print(*[field.type for field in table.schema])
for row in table.to_pylist():
    print(*row.values(), sep=" | ")
