# SPDX-License-Identifier: MIT
"""Near-duplicates of a DataFrame of Spark: the answer of one machine, on many.

    from neardup import spark
    result = spark.dedup(df, text="text", id="url", threshold=0.7, keep="max:score")
    result.kept.write.parquet("clean")

Requires ``pip install "neardup[spark]"`` on the driver and on all executors, PySpark 3.5 or 4, and Java.

The dataflow. Texts are read once, where they are, and never shuffled:

    extract     mapInArrow, one call of the library for a batch: digest, band keys, set of shingles
    texts       by digest: copies of one text become one; texts in keeper order are numbered: the rank
    buckets     (band, key) -> ranks; buckets with one text are left out
    pairs       of small buckets all; of large ones those with a few leaders at a time, so that nothing is quadratic
    verify      the sets of the texts in pairs, grouped by the earlier text, or by large bucket: exact similarities
    decide      rounds of the greedy rule in keeper order, until few edges are left: those are decided on the driver
    result      decisions on documents; an anti-join applies them

Numbers, pairs and decisions are functions of the rows alone, so the result does not depend on partitions, executors or retries.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from . import steps
from ._arguments import short_signature

try:
    from pyspark import StorageLevel
    from pyspark.sql import DataFrame, Window
    from pyspark.sql import functions as F
    from pyspark.sql import types as T
except ImportError as error:
    raise ImportError("neardup.spark requires pyspark: pip install 'neardup[spark]'") from error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Result", "dedup", "find"]

# Texts in a bucket of which all pairs are verified at once. Most buckets hold a document and a few versions of it. A set is sent
# once for each earlier text that it is compared with: at most 15 times for a bucket of 16. Larger buckets take rounds.
SMALL = 16
# Texts of a large bucket with which all later ones of it are compared, round by round. Of a mass of copies the first removes
# nearly all, and of a mass of different pages all must be tried.
LEADERS = (2, 32, 512)
# As src/engine/candidates.c and src/cluster/decide.c have them: the kept texts in the list of a bucket at most, and the texts that
# are decided at a time, which meet each other beyond that.
LIST, BLOCK = 1000, 1024
# Texts of a large bucket that one task compares with its leaders: each task gets the sets of all leaders.
GROUP = 16384
# Rows of ids that go to every executor, instead of a shuffle: about 100 MB.
BROADCAST = 2_000_000
# Rows in a batch for the library: with Spark's 10 000, batches of long texts do not fit into small executors.
BATCH_ROWS = 512
# Bytes of text whose extracts are made at a time: they take about as much again.
PIECE_BYTES = 16 << 20

# ---- what runs on executors ------------------------------------------------------------------------------------------


def _pieces(batch: Any, text: int) -> Iterator[Any]:
    import pyarrow.compute as pc

    begin = size = 0
    lengths = pc.binary_length(batch.column(text)).to_pylist() if batch.nbytes > PIECE_BYTES else ()
    for row, length in enumerate(lengths):
        size += length or 0
        if size > PIECE_BYTES:
            yield batch.slice(begin, row + 1 - begin)
            begin, size = row + 1, 0
    if begin < len(batch):
        yield batch.slice(begin)


def _extracting(setup: steps.Setup) -> Any:
    """The last column is the text: extracts take its place."""

    def extract(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            for piece in _pieces(batch, batch.num_columns - 1):
                made = steps.extract(setup, piece.column(batch.num_columns - 1))
                names = [*batch.schema.names[:-1], *made.schema.names]
                yield pa.RecordBatch.from_arrays([*piece.columns[:-1], *made.columns], names)

    return extract


def _verifying(setup: steps.Setup) -> Any:
    def verify(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.compute as pc

        matcher = steps.matcher()
        for batch in batches:
            group, text, found = batch.columns
            similarity = steps.verify(setup, matcher, group, text, found)
            edges = pa.RecordBatch.from_arrays([text, group, similarity], ["later", "earlier", "jaccard"])
            yield edges.filter(pc.greater(similarity, 0))

    return verify


def _verifying_buckets(setup: steps.Setup) -> Any:
    """Rows (bucket, block, part, kind, text, set), sorted: of each group the leaders (kind 0), whose sets stay here, and then the
    others, which are compared with all of them."""

    def verify(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.compute as pc

        current: list[Any] | None = None
        leaders: list[tuple[Any, Any]] = []
        for batch in batches:
            begin = 0
            for (*group, kind), rows in groupby(zip(*(column.to_pylist() for column in batch.columns[:4]))):
                count = sum(1 for _ in rows)
                text, found = (column.slice(begin, count) for column in batch.columns[4:])
                begin += count
                if group != current:
                    current, leaders = group, []
                if kind == 0:
                    for row in range(count):
                        leaders.append((text[row], steps.matcher()))
                        one = text.slice(row, 1)
                        steps.verify(setup, leaders[-1][1], one, one, found.slice(row, 1))
                    continue
                if not leaders:
                    raise ValueError("a group of texts has no leaders: its rows are not sorted")
                for leader, matcher in leaders:
                    earlier = pa.repeat(leader, count)
                    similarity = steps.verify(setup, matcher, earlier, text, found)
                    edges = pa.RecordBatch.from_arrays([text, earlier, similarity], ["later", "earlier", "jaccard"])
                    edges = edges.filter(pc.and_(pc.greater(similarity, 0), pc.greater(text, leader)))
                    if len(edges) > 0:
                        yield edges

    return verify


_EXTRACT = "tokens long, high long, low long, form long, keys array<int>, set binary"
_EDGES = "later long, earlier long, jaccard double"

# ---- arguments -------------------------------------------------------------------------------------------------------


def _column(frame: DataFrame, name: str, parameter: str, what: str) -> Any:
    if name not in frame.columns:
        raise ValueError(
            f"{what} has no column {name!r} (it has {', '.join(frame.columns)}): say which with {parameter}='COLUMN'"
        )
    return frame[f"`{name}`"]


def _type(frame: DataFrame, name: str) -> T.DataType:
    return frame.schema[name].dataType


_ORDERED = (T.NumericType, T.StringType, T.BooleanType, T.DateType, T.TimestampType, T.TimestampNTZType)


def _check_ordered(frame: DataFrame, name: str, parameter: str) -> None:
    if not isinstance(_type(frame, name), _ORDERED):
        raise ValueError(f"invalid value {name!r} for {parameter}: a column of {_type(frame, name).simpleString()} has no order")


_DIGITS = "0123456789ABCDEF"


def _inverted(column: Any, digits: int) -> Any:
    """Of a string or its bytes: hexadecimal digits that are smaller where these are larger, as far as there are `digits`."""
    return F.rpad(F.translate(F.hex(column), _DIGITS, _DIGITS[::-1]), digits, "G")


def _descending(column: Any, kind: T.DataType) -> Any:
    """A column whose ascending order is the descending one of this. Not every number has a negative one, but all have a complement."""
    if isinstance(kind, (T.ByteType, T.ShortType, T.IntegerType, T.LongType)):
        return F.bitwise_not(column.cast("long"))
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        return -column + F.lit(0.0)  # not -0.0, which comes before 0.0
    if isinstance(kind, T.DecimalType):
        return -column
    if isinstance(kind, T.TimestampType):
        return F.bitwise_not(F.unix_micros(column))
    return _inverted(column if isinstance(kind, T.StringType) else column.cast("string"), 2048)


def _keep_value(frame: DataFrame, keep: str, text: str, order: str, what: str) -> Any:
    """What documents are ordered by before their place; null: it comes last. Of a string the first 23 bytes, as in the program."""
    word, colon, name = keep.partition(":")
    if word not in ("first", "last", "longest", "shortest", "content", "max", "min") or (word in ("max", "min")) != bool(name) or (
        colon and not name
    ):
        raise ValueError(
            f"invalid value {keep!r} for keep: expected first, last, longest, shortest, content, max:COLUMN or min:COLUMN"
        )
    if word == "last":
        return _descending(frame[f"`{order}`"], _type(frame, order))
    if word == "content":
        return F.substring(F.sha2(frame[f"`{text}`"].cast("binary"), 256), 1, 46)
    if word not in ("max", "min"):
        return F.lit(0)
    column = _column(frame, name, "keep", what)
    _check_ordered(frame, name, "keep")
    kind = _type(frame, name)
    if isinstance(kind, T.StringType):
        column = F.substring(column.cast("binary"), 1, 23)
        return column if word == "min" else _inverted(column, 46)
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        column = column + F.lit(0.0)
    return column if word == "min" else _descending(column, kind)


# ---- a run -----------------------------------------------------------------------------------------------------------

UNDECIDED, KEPT, REMOVED = steps.UNDECIDED, steps.KEPT, steps.REMOVED


class _Run:
    def __init__(self, session: Any, setup: steps.Setup, rounds: int, on_driver: int, small: int, pairs: bool):
        self.session, self.setup, self.pairs = session, setup, pairs
        self.rounds, self.on_driver, self.small = rounds, on_driver, small
        self.held: list[DataFrame] = []
        self.count = 0  # of distinct texts
        self.taken = {"rounds": 0, "large_buckets": 0}

    def hold(self, frame: DataFrame) -> DataFrame:
        """Keeps the rows on the executors. The plan of what is made of them begins here, else plans would double with every step that
        uses a frame twice; the lineage stays, so that rows of a lost executor are computed again."""
        rows = frame._jdf.queryExecution().toRdd()
        held = self.session._jsparkSession.internalCreateDataFrame(rows, frame._jdf.schema(), False)
        frame = DataFrame(held, self.session).persist(StorageLevel.MEMORY_AND_DISK)
        self.held.append(frame)
        return frame

    def cut(self, frame: DataFrame, deep: bool = False) -> DataFrame:
        """The same between rounds. With a folder for checkpoints the lineage ends, too, and nothing before is computed again. deep:
        the lineage must end, since twenty rounds of it are too deep for the stack of a task."""
        if self.session.sparkContext.getCheckpointDir() is not None:
            return frame.checkpoint()
        return frame.localCheckpoint() if deep else self.hold(frame)

    def number(self, frame: DataFrame, columns: list[Any], name: str) -> tuple[DataFrame, int]:
        """Rows in the order of the columns, which is total, numbered from 0; and how many they are."""
        inside = F.monotonically_increasing_id()
        placed = self.hold(frame.repartitionByRange(*columns).sortWithinPartitions(*columns).withColumn("_at", inside))
        partition = F.shiftright("_at", 33)
        counts = {row["_part"]: row["count"] for row in placed.groupBy(partition.alias("_part")).count().collect()}
        begins, total = [], 0
        for part in range(max(counts, default=0) + 1):
            begins.append(total)
            total += counts.get(part, 0)
        begin = F.element_at(F.lit(begins), (partition + 1).cast("int"))
        return placed.withColumn(name, begin + F.col("_at").bitwiseAND((1 << 33) - 1)).drop("_at"), total

    # ---- extracts ----

    def extracts(self, frame: DataFrame, like: DataFrame, text: str, id: str, order: str, keep: str) -> DataFrame:
        """like: the DataFrame that the documents are compared with; this one, or `frame` is a reference."""
        own = int(frame is like)
        what = "the DataFrame" if own else "the reference"
        columns = _column(frame, id, "id", what), _column(frame, text, "text", what)
        _check_ordered(frame, id, "id")
        if not isinstance(_type(frame, text), (T.StringType, T.BinaryType)):
            raise ValueError(f"invalid value {text!r} for text: a column of {_type(frame, text).simpleString()} has no texts")
        if own or order in frame.columns:
            _column(frame, order, "order", what)
            _check_ordered(frame, order, "order")
            place = frame[f"`{order}`"]
        else:
            place = F.lit(None).cast(_type(like, order))
        for name in {id, order} & set(frame.columns):
            if _type(frame, name) != _type(like, name):
                kinds = _type(frame, name).simpleString(), _type(like, name).simpleString()
                raise ValueError(f"the column {name!r} of the reference is {kinds[0]}, that of the DataFrame {kinds[1]}: cast one of them")
        value = _keep_value(frame, keep, text, order, what) if own else None
        given = frame.select(
            F.lit(own).alias("own"), columns[0].alias("id"), place.alias("order"),
            *([value.alias("value")] if value is not None else []), columns[1].alias("text"),
        )  # fmt: skip
        schema = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in given.schema if field.name != "text")
        made = given.mapInArrow(_extracting(self.setup), f"{schema}, {_EXTRACT}")
        if own and keep in ("longest", "shortest"):
            made = made.withColumn("value", F.col("tokens") if keep == "shortest" else -F.col("tokens"))
        return made

    def texts(self, extracts: DataFrame) -> DataFrame:
        """Distinct texts with their first documents, by rank. References come first."""
        order = ["own", "missing", "value", "order", "id"]
        first = F.min(F.struct("own", F.col("value").isNull().alias("missing"), "value", "order", "id", "form", "keys"))
        texts = extracts.filter("tokens > 0").groupBy("high", "low").agg(first.alias("first"), F.max("own").alias("new"))
        texts = texts.select("high", "low", "new", "first.*")
        numbered, self.count = self.number(texts, [F.col(name) for name in order], "rank")
        return numbered

    # ---- candidates ----

    def entries(self, texts: DataFrame) -> DataFrame:
        """(bucket, rank, own, new, size), of buckets with several texts, not all of them of references. new: the text is compared with
        references. One that is in a reference and in the DataFrame decides nothing, so only pairs want it."""
        new = F.col("new" if self.pairs else "own").alias("new")
        keys = texts.select("rank", "own", new, F.posexplode("keys").alias("band", "key"))
        bucket = F.shiftleft(F.col("band").cast("long"), 32).bitwiseOR(F.col("key").bitwiseAND(F.lit(0xFFFFFFFF)))
        every = keys.select(bucket.alias("bucket"), "rank", "own", "new")
        sizes = every.groupBy("bucket").agg(F.count("*").alias("size"), F.sum("new").alias("news"))
        return self.hold(every.join(sizes.filter("size > 1 and news > 0").drop("news"), "bucket"))

    def sets(self, extracts: DataFrame, texts: DataFrame, entries: DataFrame) -> DataFrame:
        active = entries.select("rank").distinct().join(texts.select("rank", "own", "id"), "rank")
        few = self.count <= BROADCAST or active.count() <= BROADCAST
        every = extracts.select("own", "id", "set")
        return self.hold(every.join(F.broadcast(active) if few else active, ["own", "id"]).select("rank", "set"))

    # ---- verify ----

    def verify(self, pairs: DataFrame, sets: DataFrame) -> DataFrame:
        """pairs: (earlier, later), distinct. -> (later, earlier, jaccard) at or above the threshold."""
        pairs = self.hold(pairs)
        later = pairs.join(sets, pairs["later"] == sets["rank"]).select("earlier", "later", "set").toDF("group", "text", "set")
        first = pairs.select("earlier").distinct()
        first = first.join(sets, first["earlier"] == sets["rank"]).select("earlier", "earlier", "set").toDF("group", "text", "set")
        rows = first.union(later).repartition("group").sortWithinPartitions("group", "text")
        return self.hold(rows.mapInArrow(_verifying(self.setup), _EDGES))

    def verify_buckets(self, leaders: DataFrame, others: DataFrame, sets: DataFrame) -> DataFrame:
        """The same of (bucket, block, rank): each of the others with the leaders of its bucket and block that come before it. A set is
        sent once for a bucket, and not once for a pair."""
        key = ["bucket", "block"]
        parts = others.groupBy(*key).agg(F.ceil(F.count("*") / GROUP).alias("parts")).join(leaders.select(*key).distinct(), key)
        leaders = leaders.join(parts, key).withColumn("part", F.explode(F.expr("sequence(0L, parts - 1)"))).withColumn("kind", F.lit(0))
        others = others.join(parts, key).withColumn("part", F.expr("pmod(rank, parts)")).withColumn("kind", F.lit(1))
        names = [*key, "part", "kind", "rank"]
        rows = leaders.select(*names).union(others.select(*names)).join(sets, "rank")
        rows = rows.repartition(*names[:3]).sortWithinPartitions(*names).select(*names, "set")
        return self.hold(rows.mapInArrow(_verifying_buckets(self.setup), _EDGES).distinct())

    # ---- decide ----

    def decide(self, edges: DataFrame, states: DataFrame, blocked: DataFrame | None) -> DataFrame:
        """The states after all rounds. blocked: ranks that may have edges that are not known yet, so they cannot be kept."""
        waits = states.withColumn("blocked", F.lit(False))
        if blocked is not None:
            waits = states.join(blocked.withColumn("blocked", F.lit(True)), "rank", "left").na.fill(False, ["blocked"])
        for round_ in range(self.rounds + 1):
            self.taken["rounds"] += 1
            later = waits.filter(F.col("state") == UNDECIDED).selectExpr("rank as later", "blocked as later_blocked")
            earlier = waits.filter(F.col("state") != REMOVED).selectExpr("rank as earlier", "state as s", "blocked as earlier_blocked")
            open_ = edges.join(later, "later").join(earlier, "earlier")
            open_ = open_.select("later", "earlier", "later_blocked", "earlier_blocked", "s")
            rows = (open_ if round_ == self.rounds else open_.limit(self.on_driver + 1)).collect()
            if round_ == self.rounds or len(rows) <= self.on_driver:
                return self.finish(rows, waits)
            near = open_.groupBy("later").agg(F.max(F.col("s") == KEPT).alias("kept"), F.max(F.col("s") == UNDECIDED).alias("open"))
            state = (
                F.when(F.col("state") != UNDECIDED, F.col("state"))
                .when(F.col("kept"), REMOVED)
                .when(F.col("blocked") | F.col("open"), UNDECIDED)
                .otherwise(KEPT)
            )
            near = near.withColumnRenamed("later", "rank")
            waits = self.cut(
                waits.join(near, "rank", "left").na.fill(False, ["kept", "open"]).select("rank", "own", state.alias("state"), "blocked"), True
            )
        raise AssertionError

    def finish(self, rows: list[Any], waits: DataFrame) -> DataFrame:
        """The driver's part: in keeper order, so that all earlier ones are decided."""
        rows.sort()
        state: dict[int, int] = {}
        reasons: dict[int, tuple[bool, list[int]]] = {}
        for later, earlier, later_blocked, earlier_blocked, known in rows:
            reasons.setdefault(later, (later_blocked, []))[1].append(earlier)
            if known == KEPT or not earlier_blocked:
                state.setdefault(earlier, KEPT)
            else:
                state.setdefault(earlier, UNDECIDED)
        for later, (blocked, others) in reasons.items():
            near = {state[other] for other in others}
            open_left = UNDECIDED in near or blocked
            state[later] = REMOVED if KEPT in near else UNDECIDED if open_left else KEPT
        decided = self.session.createDataFrame([(text, found) for text, found in state.items()], "rank long, decided int")
        found = (
            F.when(F.col("state") != UNDECIDED, F.col("state"))
            .when(F.col("decided").isNotNull(), F.col("decided"))
            .when(F.col("blocked"), UNDECIDED)
            .otherwise(KEPT)
        )
        return waits.join(decided, "rank", "left").select("rank", "own", found.alias("state"))

    # ---- all of it ----

    def match(self, extracts: DataFrame, texts: DataFrame) -> tuple[DataFrame, DataFrame]:
        """-> edges (later, earlier, jaccard), and of removed texts (rank, keeper_rank, jaccard)."""
        entries = self.entries(texts)
        sets = self.sets(extracts, texts, entries)
        state = F.when(F.col("own") == 0, KEPT).otherwise(UNDECIDED)
        states = entries.select("rank", "own").distinct().withColumn("state", state)
        small = entries if self.pairs else entries.filter(F.col("size") <= self.small)
        edges = self.verify(self.all_pairs(small), sets)
        large = entries.filter(F.col("size") > self.small).select("bucket", "rank")
        self.taken["large_buckets"] = 0 if self.pairs else large.select("bucket").distinct().count()
        if self.taken["large_buckets"] == 0:
            states = self.hold(self.decide(edges, states, None))
        else:
            edges, states = self.large(large, edges, states, sets)
        near = edges.join(states.filter(F.col("state") == REMOVED).selectExpr("rank as later"), "later")
        near = near.join(states.filter(F.col("state") == KEPT).selectExpr("rank as earlier"), "earlier")
        best = F.max(F.struct("jaccard", (-F.col("earlier")).alias("earlier")))  # the earlier of equally similar ones
        removed = near.groupBy("later").agg(best.alias("best")).selectExpr(
            "later as rank", "-best.earlier as keeper_rank", "best.jaccard as jaccard"
        )
        return edges, self.hold(removed)

    def all_pairs(self, entries: DataFrame) -> DataFrame:
        earlier = entries.selectExpr("bucket", "rank as earlier", "new as earlier_new")
        later = entries.selectExpr("bucket", "rank as later", "new as later_new")
        wanted = "earlier < later and earlier_new + later_new > 0"
        return earlier.join(later, "bucket").filter(wanted).select("earlier", "later").distinct()

    def blocks(self, states: DataFrame) -> DataFrame:
        """(rank, block): of the texts that have candidates, but for references."""
        numbered, _ = self.number(states.filter("own = 1").select("rank"), [F.col("rank")], "at")
        return numbered.select("rank", F.expr(f"at div {BLOCK}").alias("block"))

    def large(self, large: DataFrame, edges: DataFrame, states: DataFrame, sets: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Leaders, round by round. `led`: all later texts of the bucket, as far as undecided, were compared with it.

        A text is blocked while there is an earlier one in one of its buckets that leads it later. The list of a bucket takes LIST
        kept texts: when these are known, the bucket is closed, and its other texts meet only those of their block."""
        blocks = self.blocks(states)
        members = large.withColumn("led", F.lit(False))
        in_order = Window.partitionBy("bucket").orderBy("rank")
        states = self.cut(states)
        turn = 0
        while True:
            most = LEADERS[min(turn, len(LEADERS) - 1)]
            turn += 1
            alive = members.join(states.filter(F.col("state") != REMOVED), "rank")
            alive = alive.withColumn("place", F.row_number().over(Window.partitionBy("bucket", "own").orderBy("rank")))
            alive = alive.filter(f"own = 1 or place <= {LIST}")
            alive = alive.withColumn("turn", F.sum(F.when(F.col("led"), 0).otherwise(1)).over(in_order))
            alive = alive.withColumn("leads", F.expr(f"not led and place <= {LIST} and turn <= {most}"))
            alive = self.cut(alive)
            undecided = alive.filter(F.col("state") == UNDECIDED)
            leaders = alive.filter("leads").selectExpr("bucket", "-1L as block", "rank")
            waits = F.min(F.when(~F.col("led") & ~F.col("leads"), F.col("rank"))).alias("next")
            known = F.min(F.when((F.col("place") <= LIST) & (F.col("state") == UNDECIDED), 0).otherwise(1)).alias("known")
            buckets = alive.groupBy("bucket").agg(waits, known, F.max("place").alias("most"))
            closed = buckets.filter(f"known = 1 and most > {LIST}").select("bucket")
            inside = alive.join(closed, "bucket").filter(f"place > {LIST}").join(blocks, "rank")
            leaders = leaders.union(inside.select("bucket", "block", "rank"))
            others = undecided.selectExpr("bucket", "-1L as block", "rank")
            others = others.union(inside.filter(F.col("state") == UNDECIDED).select("bucket", "block", "rank"))
            edges = self.hold(edges.union(self.verify_buckets(leaders, others, sets)).distinct())
            open_ = buckets.join(closed, "bucket", "left_anti").select("bucket", "next")
            blocked = undecided.join(open_, "bucket").filter("rank > next").select("rank").distinct()
            states = self.cut(self.decide(edges, states, blocked))
            members = alive.select("bucket", "rank", (F.col("led") | F.col("leads")).alias("led"))
            if states.filter(F.col("state") == UNDECIDED).isEmpty():
                return self.hold(edges.union(self.keepers(large, states, blocks, sets)).distinct()), states

    def keepers(self, large: DataFrame, states: DataFrame, blocks: DataFrame, sets: DataFrame) -> DataFrame:
        """Edges of removed texts to kept ones that were not leaders while they were undecided: one may be the more similar keeper."""
        kept = large.join(states.filter(F.col("state") == KEPT).select("rank", "own"), "rank").join(blocks, "rank", "left")
        kept = kept.withColumn("place", F.row_number().over(Window.partitionBy("bucket", "own").orderBy("rank")))
        first = kept.filter(f"place <= {LIST}").selectExpr("bucket", "-1L as block", "rank")
        beyond = kept.filter(f"own = 1 and place > {LIST}").select("bucket", "block", "rank")
        removed = large.join(states.filter(F.col("state") == REMOVED).select("rank"), "rank").join(blocks, "rank")
        others = removed.selectExpr("bucket", "-1L as block", "rank").union(removed.select("bucket", "block", "rank"))
        return self.verify_buckets(first.union(beyond), others, sets)


# ---- results ---------------------------------------------------------------------------------------------------------


class Result:
    """What a run found. DataFrames, which are computed when they are used:

    kept: the rows of the input that stay, with all columns.
    decisions: a row for each document that is removed: id, reason ("exact" or "near"), jaccard, keeper (the id of the document for
        which it is removed), keeper_in_reference, cluster (its number, from 1).
    clusters: a row for each kept document with the documents that are removed for it: cluster, keeper, keeper_in_reference, removed
        (their number). Largest first. The members are the decisions with that number.
    pairs: with pairs=True: a, b (ids; b comes earlier in keeper order), b_in_reference, reason, jaccard.
    summary: a dict of counts: documents, unreadable (null), empty, references, exact, near, kept, clusters, edges (verified pairs at
        or above the threshold), large_buckets and rounds.

    What a run holds on the executors is freed by ``unpersist()``, after which the DataFrames cannot be used.
    """

    def __init__(self, run: _Run, frame: DataFrame, id: str, decisions: DataFrame, clusters: DataFrame, pairs: DataFrame | None, summary: dict[str, int]):
        self._run, self._pairs = run, pairs
        self.decisions, self.clusters, self.summary = decisions, clusters, summary
        removed = decisions.select(decisions["id"].alias("_removed"))
        few = summary["exact"] + summary["near"] <= BROADCAST
        removed = F.broadcast(removed) if few else removed
        self.kept = frame.join(removed, frame[f"`{id}`"] == removed["_removed"], "left_anti")

    @property
    def pairs(self) -> DataFrame:
        if self._pairs is None:
            raise ValueError("pairs were not verified: say pairs=True, or use neardup.spark.find")
        return self._pairs

    def unpersist(self) -> None:
        """Frees what the run holds in memory and on the disks of the executors."""
        for frame in self._run.held:
            frame.unpersist()
        self._run.held.clear()

    def __repr__(self) -> str:
        s = self.summary
        return (
            f"<neardup.spark.Result: {s['documents']} documents, {s['exact']} exact and {s['near']} near duplicates removed, "
            f"{s['kept']} kept, {s['clusters']} clusters>"
        )


def _decisions(run: _Run, extracts: DataFrame, texts: DataFrame, removed: DataFrame) -> tuple[DataFrame, DataFrame]:
    documents = extracts.filter("own = 1 and tokens > 0").select("id", "high", "low", "form")
    first = texts.selectExpr("high", "low", "rank", "own as first_own", "id as first_id", "form as first_form")
    every = documents.join(first, ["high", "low"]).join(removed, "rank", "left")
    duplicates = every.filter("keeper_rank is not null or first_own = 0 or id != first_id")
    reason = F.when(F.col("keeper_rank").isNull() & (F.col("form") == F.col("first_form")), "exact").otherwise("near")
    duplicates = duplicates.select(
        "id", reason.alias("reason"), F.coalesce("jaccard", F.lit(1.0)).alias("jaccard"),
        F.coalesce("keeper_rank", "rank").alias("keeper_rank"),
    )  # fmt: skip
    duplicates = run.hold(duplicates)
    keepers = texts.selectExpr("rank as keeper_rank", "id as keeper", "own", "order")
    sizes = duplicates.groupBy("keeper_rank").agg(F.count("*").alias("removed")).join(keepers, "keeper_rank")
    by = [F.col("removed").desc(), F.col("own").desc(), F.col("order"), F.col("keeper")]
    numbered, _ = run.number(sizes, by, "at")
    numbered = numbered.withColumn("cluster", F.col("at") + 1)
    keeper = F.col("keeper"), (F.col("own") == 0).alias("keeper_in_reference")
    clusters = numbered.select("cluster", *keeper, "removed")
    decisions = duplicates.join(numbered, "keeper_rank").select("id", "reason", "jaccard", *keeper, "cluster")
    return run.hold(decisions), clusters


def _pairs(extracts: DataFrame, texts: DataFrame, edges: DataFrame) -> DataFrame:
    """Of documents: copies of the two texts of an edge, and copies of one text."""
    documents = extracts.filter("tokens > 0").select("high", "low", "own", "id", "form")
    documents = documents.join(texts.selectExpr("high", "low", "rank", "id as first_id"), ["high", "low"])
    a = documents.selectExpr("rank as later", "id as a", "own as a_own", "form as a_form", "id = first_id as a_first")
    b = documents.selectExpr("rank as earlier", "id as b", "own as b_own", "form as b_form", "id = first_id as b_first")
    in_reference = (F.col("b_own") == 0).alias("b_in_reference")
    near = edges.join(a.filter("a_own = 1"), "later").join(b, "earlier").select("a", "b", in_reference, F.lit("near").alias("reason"), "jaccard")
    back = edges.join(b.filter("b_own = 1"), "earlier").join(a.filter("a_own = 0"), "later")
    back = back.select(F.col("b").alias("a"), F.col("a").alias("b"), F.lit(True), F.lit("near"), "jaccard")
    reason = F.when(F.col("a_form") == F.col("b_form"), "exact").otherwise("near").alias("reason")
    one = a.join(b, a["later"] == b["earlier"])
    ordered = "a_own = 1 and (b_own = 0 or (b_first and not a_first) or (a_first = b_first and a > b))"
    same = one.filter(ordered).select("a", "b", in_reference, reason, F.lit(1.0).alias("jaccard"))
    return near.union(back).union(same)


def _counted(frame: DataFrame, count: dict[str, Any]) -> dict[str, int]:
    """Sums over all rows, by name; 0 where there are none."""
    row = frame.agg(*[F.coalesce(value, F.lit(0)).alias(name) for name, value in count.items()]).collect()[0]
    found: dict[str, int] = row.asDict()
    return found


def _check(run: _Run, extracts: DataFrame, id: str, order: str) -> dict[str, int]:
    count = {
        "documents": F.sum("own"), "references": F.sum(1 - F.col("own")), "null_ids": F.sum(F.col("id").isNull().cast("long")),
        "null_orders": F.sum(((F.col("own") == 1) & F.col("order").isNull()).cast("long")),
        "unreadable": F.sum(((F.col("own") == 1) & (F.col("tokens") < 0)).cast("long")),
        "empty": F.sum(((F.col("own") == 1) & (F.col("tokens") == 0)).cast("long")),
    }  # fmt: skip
    found = _counted(extracts, count)
    nulls, orders = found.pop("null_ids"), found.pop("null_orders")
    if nulls:
        raise ValueError(f"{nulls} documents have no id: fill the column {id!r}, or leave them out with df.filter(df[{id!r}].isNotNull())")
    if orders:
        raise ValueError(f"{orders} documents have no order: fill the column {order!r}, or leave out order=")
    twice = [row["id"] for row in extracts.groupBy("own", "id").count().filter("count > 1").select("id").head(3)]
    if twice:
        raise ValueError(
            f"ids occur several times, such as {', '.join(map(repr, twice))}: an id must name one document. If it is unique only in "
            f"its file, make one of both: df.withColumn('key', F.concat_ws('#', F.input_file_name(), {id!r}))"
        )
    return found


@short_signature
def dedup(
    df: DataFrame,
    *,
    text: str = "text",
    id: str = "id",
    order: str | None = None,
    keep: str = "first",
    reference: DataFrame | None = None,
    pairs: bool = False,
    threshold: float | None = None,
    preset: str | None = None,
    tokens: str | None = None,
    marks: str | None = None,
    case: str | None = None,
    ngram: int | None = None,
    recall: float | None = None,
    sketch: str | None = None,
    slots: int | None = None,
    bands: int | None = None,
    rows: int | None = None,
    seed: int = 0,
    rounds: int = 20,
    on_driver: int = 1_000_000,
) -> Result:
    """Finds the near-duplicates among the documents of a DataFrame and decides which ones stay.

    >>> result = neardup.spark.dedup(df, text="text", id="url", threshold=0.8, keep="longest")
    >>> result.kept.write.parquet("clean")
    >>> result.decisions.show()

    df: a DataFrame with a column of texts and a column of ids, each of which names one document. A null text is kept, and compared
        with nothing.
    order: a column that says which document comes first, as the row number of a file; default: the order of ids. Documents with the
        same value are in the order of their ids.
    keep: "first" (default), "last", "longest", "shortest", "content", "max:COLUMN" or "min:COLUMN"; of equals the first stays.
    reference: a DataFrame with more documents to compare with, which always stay. It has the columns text, id and, if it likes, order.
    pairs: also find pairs that decide nothing: ``result.pairs``. Large buckets then cost all their pairs.
    threshold, preset, tokens, marks, case, ngram, recall, sketch, slots, bands, rows, seed: as for neardup.dedup.

    on_driver: edges that are decided on the driver, about 500 bytes each, when no more are left. rounds: while there are more, they
        are decided on the executors, in this many rounds at most; then the driver takes the rest, however many they are.

    The result is that of neardup.dedup for the rows in this order, whatever the number of partitions and executors. The run holds its
    extracts on the executors (MEMORY_AND_DISK), until ``result.unpersist()``. With executors that come and go, set
    ``spark.sparkContext.setCheckpointDir(...)``: rounds are then kept there.

    Returns a Result. Raises ValueError for columns that are not there, null ids and duplicate ids, neardup.Error for options out of
    range. doc/scale.md says which form of neardup to use for which size, and what it costs.
    """
    for name, frame in (("df", df), ("reference", reference)):
        if frame is not None and not (isinstance(frame, DataFrame) and hasattr(frame, "_jdf")):
            raise TypeError(f"{name} is a {type(frame).__name__}, not a DataFrame of a classic Spark session")
    setup = steps.begin(
        threshold=threshold, preset=preset, tokens=tokens, marks=marks, case=case, ngram=ngram, recall=recall, sketch=sketch, slots=slots,
        bands=bands, rows=rows, seed=seed,
    )  # fmt: skip
    session = df.sparkSession
    run = _Run(session, setup, rounds, on_driver, SMALL, pairs)
    extracts = run.extracts(df, df, text, id, order or id, keep)
    if reference is not None:
        extracts = extracts.unionByName(run.extracts(reference, df, text, id, order or id, keep), allowMissingColumns=True)
    name = "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = str(session.conf.get(name))
    session.conf.set(name, str(min(int(before), BATCH_ROWS) if int(before) > 0 else BATCH_ROWS))
    try:
        return _result(run, df, run.hold(extracts), id, order or id)
    except BaseException:
        for frame in run.held:
            frame.unpersist()
        raise
    finally:
        session.conf.set(name, before)


def _result(run: _Run, df: DataFrame, extracts: DataFrame, id: str, order: str) -> Result:
    summary = _check(run, extracts, id, order)
    texts = run.texts(extracts)
    edges, removed = run.match(extracts, texts)
    decisions, clusters = _decisions(run, extracts, texts, removed)
    count = {"exact": F.count_if(F.col("reason") == "exact"), "near": F.count_if(F.col("reason") == "near"), "clusters": F.max("cluster")}
    found = _counted(decisions, count)
    summary["exact"], summary["near"] = found["exact"], found["near"]
    summary["kept"] = summary["documents"] - summary["exact"] - summary["near"]
    summary["clusters"] = found["clusters"]
    summary["edges"] = edges.count()
    summary.update(run.taken)
    pairs = _pairs(extracts, texts, edges) if run.pairs else None
    return Result(run, df, id, decisions, clusters, pairs, summary)


def find(df: DataFrame, **options: Any) -> Result:
    """As ``dedup``, with all pairs: ``result.pairs``."""
    return dedup(df, **{"pairs": True, **options})
