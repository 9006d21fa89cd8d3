/* Sweep the tests of trees over blocks of rows; _ranks.h has the tables.
 *
 * All rows begin at the first leaf of a tree. Each test moves those rows further that are at the first leaf under its
 * node and go right. After all tests of the tree, in preorder, each row is at its own leaf. A test has no branches and
 * reads nothing but ranks, so that one instruction tests 8 to 32 rows: the hundred tests of a tree take less time than
 * the few of a path. */

#define SWEPT 256 /* rows of a block */
#define BLOCKS 4  /* blocks that are swept by one tree after the other */

/* Define a function that sweeps `count` rows, eight vectors at a time, and writes the numbers of their leaves. */
#define SWEEP(name, number, bytes)                                                                                     \
    static __attribute__((noinline)) void name(const Test *tests, const Test *end, const void *ranks,                  \
                                               Py_ssize_t count, void *leaves)                                         \
    {                                                                                                                  \
        typedef number Vector __attribute__((vector_size(bytes)));                                                     \
        typedef u##number Sum __attribute__((vector_size(bytes))); /* wraps around */                                  \
        for (Py_ssize_t start = 0; start < count; start += 8 * (bytes / (Py_ssize_t)sizeof(number))) {                 \
            Vector found[8], *target = (Vector *)((number *)leaves + start);                                           \
            _Pragma("GCC unroll 8") for (int index = 0; index < 8; index++) found[index] = (Vector){0};                \
            for (const Test *test = tests; test < end; test++) {                                                       \
                const Vector *own = (const Vector *)((const number *)ranks + test->column * SWEPT + start);            \
                Vector above = (Vector){0} + (number)test->above, first = (Vector){0} + (number)test->first;           \
                Vector further = (Vector){0} + (number)test->further;                                                  \
                _Pragma("GCC unroll 8") for (int index = 0; index < 8; index++)                                        \
                    found[index] = (Vector)((Sum)found[index] + (Sum)((Vector)(found[index] == first) &                \
                                                              (Vector)(above > own[index]) & further));                \
            }                                                                                                          \
            _Pragma("GCC unroll 8") for (int index = 0; index < 8; index++) target[index] = found[index];              \
        }                                                                                                              \
    }

typedef void (*Sweep)(const Test *, const Test *, const void *, Py_ssize_t, void *);

SWEEP(sweep_bytes, int8_t, 16)
SWEEP(sweep_halves, int16_t, 16)

#ifdef AVX2
AVX2 SWEEP(sweep_bytes_avx2, int8_t, 32)
AVX2 SWEEP(sweep_halves_avx2, int16_t, 32)
#else
#define sweep_bytes_avx2 sweep_bytes
#define sweep_halves_avx2 sweep_halves
#endif

/* Whether there are tables of ranks; they are made at the first call, if they can be. */
static bool has_ranks(Trees *trees)
{
    if (trees->walks >= 0) {
        trees->ranks = make_ranks(trees, has_avx2() ? 32 : 16);
        trees->walks = -1;
    }
    return trees->ranks;
}

/* Whether to sweep a batch of columns: it is large, and so many rows have come that tables of ranks pay, or are made. */
static bool plan_sweep(Trees *trees, Py_ssize_t count)
{
    if (count < SWEPT / 4 || !trees->tree_count)
        return false;
    if (trees->walks >= 0)
        trees->walks += count * trees->tree_count;
    if (trees->walks >= 0 && trees->walks < WALKS * trees->nodes.len / (Py_ssize_t)sizeof(Node))
        return false;
    return has_ranks(trees);
}

/* Write the ranks of a column, or of a view of it, for a block of rows. All searches halve together and without
 * branches, which would be unpredictable. */
static void rank_rows(const Trees *trees, Py_ssize_t column, const Columns *columns, Py_ssize_t start, Py_ssize_t count,
                      void *target)
{
    const Ranks *ranks = trees->ranks;
    const double *thresholds = ranks->thresholds + ranks->starts[column];
    int32_t own = ranks->columns[column], known = (int32_t)(ranks->starts[column + 1] - ranks->starts[column]);
    View view = own < trees->columns ? (View){own, 0} : views_of(trees)[own - trees->columns];
    const double *values = (const double *)columns->views[view.column].buf + start;
    double numbers[SWEPT];
    int32_t places[SWEPT] = {0};
    for (Py_ssize_t row = 0; row < count; row++)
        numbers[row] = view.flags ? viewed(values[row], view.flags) : values[row];
    for (int32_t left = known; left > 1; left -= left / 2)
        for (Py_ssize_t row = 0; row < count; row++)
            places[row] += -(int32_t)(thresholds[places[row] + left / 2 - 1] < numbers[row]) & (left / 2);
    for (Py_ssize_t row = 0; row < count; row++) {
        int32_t rank = isnan(numbers[row]) ? 0 : known - places[row] - (thresholds[places[row]] < numbers[row]);
        if (ranks->wide)
            ((int16_t *)target)[row] = (int16_t)(rank - middle(ranks));
        else
            ((int8_t *)target)[row] = (int8_t)(rank - middle(ranks));
    }
}

/* Add leaves to the totals of rows; inlined, a loop for each constant. */
#define ADD(number, sum, leaf)                                                                                         \
    for (Py_ssize_t row = 0; row < count; row++) {                                                                     \
        const number *value = (const number *)values + leaf[row] * width;                                              \
        for (Py_ssize_t index = 0; index < width; index++)                                                             \
            totals[row * output_width + index] = (sum)(totals[row * output_width + index] + (double)value[index]);     \
    }

static inline __attribute__((always_inline)) void add_width(bool float32, const void *values, Py_ssize_t width,
                                                            bool wide, const void *leaves, Py_ssize_t count,
                                                            double *totals, Py_ssize_t output_width)
{
    const uint16_t *halves = leaves;
    const uint8_t *bytes = leaves;
    if (float32 && wide)
        ADD(float, float, halves)
    else if (float32)
        ADD(float, float, bytes)
    else if (wide)
        ADD(double, double, halves)
    else
        ADD(double, double, bytes)
}

/* Add a tree's leaves to the totals of a block of rows. */
static __attribute__((noinline)) void add_leaves(const Trees *trees, Py_ssize_t tree, const void *leaves,
                                                 Py_ssize_t count, double *totals, Py_ssize_t output_width)
{
    const void *values = trees->ranks->values + trees->ranks->leaf_starts[tree] * leaf_size(trees);
    totals += outputs_of(trees)[tree];
    if (trees->width == 1 && output_width == 1)
        add_width(trees->float32, values, 1, trees->ranks->wide, leaves, count, totals, 1);
    else if (trees->width == 2 && output_width == 2)
        add_width(trees->float32, values, 2, trees->ranks->wide, leaves, count, totals, 2);
    else
        add_width(trees->float32, values, trees->width, trees->ranks->wide, leaves, count, totals, output_width);
}

/* The bytes of memory that a sweep works in. */
static size_t room_of(const Ranks *ranks)
{
    return 64 + (size_t)ranks->column_count * SWEPT * BLOCKS * (ranks->wide ? sizeof(int16_t) : sizeof(int8_t));
}

/* Add up all trees for rows of columns. */
static void sweep_all(const Trees *trees, const Columns *columns, Py_ssize_t begin, Py_ssize_t end, double *totals,
                      Py_ssize_t output_width, char *room)
{
    static const Sweep sweeps[2][2] = {{sweep_bytes, sweep_halves}, {sweep_bytes_avx2, sweep_halves_avx2}};
    const Ranks *ranks = trees->ranks;
    const Sweep sweep = sweeps[has_avx2()][ranks->wide];
    Py_ssize_t size = SWEPT * (ranks->wide ? 2 : 1), block = size * ranks->column_count;
    room += -(uintptr_t)room % 64;
    for (Py_ssize_t start = begin; start < end; start += SWEPT * BLOCKS) {
        Py_ssize_t stop = end - start < SWEPT * BLOCKS ? end : start + SWEPT * BLOCKS;
        for (Py_ssize_t row = start, at = 0; row < stop; row += SWEPT, at += block)
            for (Py_ssize_t column = 0; column < ranks->column_count; column++)
                rank_rows(trees, column, columns, row, stop - row < SWEPT ? stop - row : SWEPT,
                          room + at + column * size);
        for (Py_ssize_t tree = 0; tree < trees->tree_count; tree++)
            for (Py_ssize_t row = start, at = 0; row < stop; row += SWEPT, at += block) {
                uint16_t leaves[SWEPT] __attribute__((aligned(64)));
                Py_ssize_t count = stop - row < SWEPT ? stop - row : SWEPT;
                sweep(ranks->tests + ranks->test_starts[tree], ranks->tests + ranks->test_starts[tree + 1], room + at,
                      count, leaves);
                add_leaves(trees, tree, leaves, count, totals + row * output_width, output_width);
            }
    }
}
