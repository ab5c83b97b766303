#!/usr/bin/env python3
"""Makes a small shop as a SQLite database, with the awkward data that real databases have.

    make_shop.py FILE            make the database (about 400,000 rows)
    make_shop.py FILE --change   one working day later: new, changed and deleted rows

The data is the same every time.
"""
import random
import sqlite3
import sys

SCHEMA = """
CREATE TABLE customers (
  customer_id INTEGER PRIMARY KEY,
  name NVARCHAR(80) NOT NULL,
  email TEXT COLLATE NOCASE,
  born DATE,
  credit NUMERIC(10,2) NOT NULL DEFAULT 0,
  is_active BOOLEAN NOT NULL,
  photo BLOB
);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers,
  placed_at DATETIME NOT NULL,
  total NUMERIC(12,2) NOT NULL,
  remark TEXT
);
CREATE TABLE order_lines (
  order_id INTEGER NOT NULL,
  line_no INTEGER NOT NULL,
  sku TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  price NUMERIC(10,2) NOT NULL,
  PRIMARY KEY (order_id, line_no)
) WITHOUT ROWID;
CREATE TABLE events (
  event_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  payload TEXT,
  weight REAL
);
CREATE TABLE "price list" (
  "sku#" TEXT COLLATE NOCASE PRIMARY KEY,
  "list price" NUMERIC(10,2),
  "valid from" DATE
);
-- Any column of a SQLite table may hold anything; some do.
CREATE TABLE settings (key TEXT, value);
"""

NAMES = ["Ada", "Björn", "Chloé", "Đorđe", "Émile", "Fatima", "Grzegorz", "Hélène", "İpek", "José", "渡辺", "Zoë"]
WORDS = ["red", "urgent", "gift", "résumé", "naïve", "emoji 😀", "tab\tinside", "line\nbreak", "quote \"here\"", "it's", ""]


def make(path):
    rng = random.Random(20)
    db = sqlite3.connect(path)
    db.executescript(SCHEMA)
    db.executemany(
        "INSERT INTO customers VALUES (?,?,?,?,?,?,?)",
        (
            (
                i,
                f"{rng.choice(NAMES)} {rng.choice(NAMES)} {i}",
                None if i % 17 == 0 else f"User{i}@Example.com",
                None if i % 11 == 0 else f"{1930 + i % 80:04d}-{1 + i % 12:02d}-{1 + i % 28:02d}",
                round(rng.uniform(-500, 5000), 2),
                i % 5 != 0,
                None if i % 9 else rng.randbytes(rng.randrange(0, 64)),
            )
            for i in range(1, 60_001)
        ),
    )
    db.executemany(
        "INSERT INTO orders VALUES (?,?,?,?,?)",
        (
            (
                i,
                rng.randrange(1, 60_001),
                f"2026-{1 + i % 10:02d}-{1 + i % 28:02d} {i % 24:02d}:{i % 60:02d}:{i * 7 % 60:02d}",
                round(rng.uniform(1, 900), 2),
                rng.choice(WORDS) if i % 3 == 0 else None,
            )
            for i in range(1, 120_001)
        ),
    )
    db.executemany(
        "INSERT INTO order_lines VALUES (?,?,?,?,?)",
        (
            (order, line, f"SKU-{rng.randrange(1, 5000):05d}", rng.randrange(1, 9), round(rng.uniform(1, 200), 2))
            for order in range(1, 80_001)
            for line in range(1, 3)
        ),
    )
    add_events(db, rng, 1, 60_000)
    db.executemany(
        'INSERT INTO "price list" VALUES (?,?,?)',
        ((f"SKU-{i:05d}" if i % 2 else f"sku-{i:05d}", round(i * 0.37, 2), f"2026-01-{1 + i % 31:02d}") for i in range(1, 5_001)),
    )
    db.executemany(
        "INSERT INTO settings VALUES (?,?)",
        [("retries", 3), ("ratio", 0.1), ("title", "Shop"), ("logo", b"\x89PNG\x00\xff"), (None, None), ("empty", ""),
         ("huge", 2**63 - 1), ("tiny", 5e-324), ("retries", "three")],
    )
    db.commit()
    db.close()


def add_events(db, rng, first, last):
    db.executemany(
        "INSERT INTO events VALUES (?,?,?,?)",
        ((i, rng.choice(["view", "click", "buy"]), rng.choice(WORDS), rng.gauss(0, 1)) for i in range(first, last + 1)),
    )


def change(path):
    rng = random.Random(21)
    db = sqlite3.connect(path)
    db.execute("UPDATE customers SET credit = credit + 1 WHERE customer_id = 42")
    db.execute("DELETE FROM customers WHERE customer_id = 31337")
    db.execute("UPDATE order_lines SET quantity = quantity + 1 WHERE order_id = 500 AND line_no = 2")
    db.execute("INSERT INTO orders VALUES (120001, 42, '2026-11-20 10:31:07', 99.95, 'the new one')")
    add_events(db, rng, 60_001, 60_250)
    db.execute("UPDATE settings SET value = 4 WHERE value = 3")
    db.commit()
    db.close()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--change"]):
        sys.exit(__doc__)
    (change if sys.argv[2:] else make)(sys.argv[1])
