"""Other programs' ways from a PostgreSQL table to a Parquet file; see postgresql.py for the table.

    postgresql_peers.py arrow-odbc|connectorx FOLDER_OF_THE_SOCKET PORT USER FILE

Each in the way its documentation shows for large tables, with pyarrow's own settings but for the compression, which is
scmplan's: zstd, level 1.
"""
import sys
from urllib.parse import quote

import pyarrow.parquet as pq

QUERY = "SELECT id, n, label, amount, at, flag, hash, day FROM reference"
COMPRESSION = {"compression": "zstd", "compression_level": 1}


def arrow_odbc(host, port, user, path):
    from arrow_odbc import read_arrow_batches_from_odbc
    # Rows by a cursor, as many as a batch has: without one, the driver holds the whole result. Buffers fit the longest text.
    reader = read_arrow_batches_from_odbc(
        QUERY, f"Driver=PostgreSQL Unicode;Server={host};Port={port};Database=postgres;UID={user};"
               "UseDeclareFetch=1;Fetch=65535;BoolsAsChar=0", batch_size=65535, max_text_size=64)
    with pq.ParquetWriter(path, reader.schema, **COMPRESSION) as writer:
        for batch in reader:
            writer.write_batch(batch)


def connectorx(host, port, user, path):
    import connectorx
    # The whole table in memory: streaming by batches took half as much CPU time again.
    table = connectorx.read_sql(
        f"postgresql://{user}@localhost:{port}/postgres?host={quote(str(host), safe='')}", QUERY, return_type="arrow")
    pq.write_table(table, path, row_group_size=1 << 19, **COMPRESSION)


if __name__ == "__main__":
    {"arrow-odbc": arrow_odbc, "connectorx": connectorx}[sys.argv[1]](*sys.argv[2:])
