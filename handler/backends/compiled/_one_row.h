/* Find one row's leaves in many trees at once: a sweep as in _sweep.h, with trees in the place of rows.
 *
 * A vector has a byte for each of 32 trees. In each step, all of them make their next test. The ranks of a row lie in two
 * registers, out of which one instruction reads those that the tests name. */

#ifdef AVX2

#define TOGETHER_TREES 64 /* swept as two vectors, so that one does not wait for the other */
#define RANKED 32         /* columns whose ranks fit two registers */

/* A test of each tree; a tree that has no more of them goes no further. */
typedef struct {
    uint8_t column[TOGETHER_TREES], first[TOGETHER_TREES], further[TOGETHER_TREES];
    int8_t above[TOGETHER_TREES];
} Step;

/* The steps of one group of trees after the other. */
typedef struct Steps {
    Py_ssize_t *starts; /* the first step of each group, and the end of the last one's */
    Step *steps;
} Steps;

static void free_steps(Steps *steps)
{
    free(steps->starts);
    free(steps->steps);
    free(steps);
}

static Py_ssize_t test_count(const Ranks *ranks, Py_ssize_t tree)
{
    return ranks->test_starts[tree + 1] - ranks->test_starts[tree];
}

/* Return the steps of trees that have ranks in bytes; NULL if there is no memory. */
static Steps *make_steps(const Trees *trees)
{
    const Ranks *ranks = trees->ranks;
    Py_ssize_t groups = (trees->tree_count + TOGETHER_TREES - 1) / TOGETHER_TREES;
    Steps *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->starts = calloc((size_t)groups + 1, sizeof *made->starts);
    for (Py_ssize_t tree = 0; made->starts && tree < trees->tree_count; tree++) {
        Py_ssize_t *end = made->starts + tree / TOGETHER_TREES + 1, least = end[-1] + test_count(ranks, tree);
        *end = *end < least ? least : *end;
    }
    made->steps = made->starts ? calloc((size_t)made->starts[groups] + 1, sizeof *made->steps) : NULL;
    if (!made->steps) {
        free_steps(made);
        return NULL;
    }
    for (Py_ssize_t tree = 0; tree < trees->tree_count; tree++) {
        Step *step = made->steps + made->starts[tree / TOGETHER_TREES];
        const Test *test = ranks->tests + ranks->test_starts[tree];
        for (Py_ssize_t left = test_count(ranks, tree), lane = tree % TOGETHER_TREES; left; left--, step++, test++) {
            step->column[lane] = (uint8_t)test->column;
            step->above[lane] = (int8_t)test->above;
            step->first[lane] = (uint8_t)test->first;
            step->further[lane] = (uint8_t)test->further;
        }
    }
    return made;
}

/* Whether to sweep trees for a few rows: so many have come that the tables pay, or are made. */
static bool plan_rows(Trees *trees, Py_ssize_t count)
{
    if (trees->row_walks < 0 || !trees->tree_count)
        return trees->steps;
    trees->row_walks += count * trees->tree_count;
    if (trees->row_walks >= WALKS * trees->nodes.len / (Py_ssize_t)sizeof(Node)) {
        trees->row_walks = -1;
        if (has_avx2() && trees->width == 1 && has_ranks(trees) && !trees->ranks->wide
            && trees->ranks->column_count <= RANKED)
            trees->steps = make_steps(trees);
    }
    return trees->steps;
}

typedef uint8_t Bytes __attribute__((vector_size(32)));
typedef int8_t Signed __attribute__((vector_size(32)));
typedef char Table __attribute__((vector_size(32)));

/* Write the numbers of the leaves of a group of trees. An index with the highest bit set reads zero. */
AVX2 static __attribute__((noinline)) void find_leaves(const Step *step, const Step *end, const int8_t *ranks,
                                                       uint8_t *leaves)
{
    Bytes found[2] = {{0}, {0}};
    Table low, high;
    memcpy(&low, ranks, sizeof low);
    memcpy(&high, ranks + sizeof low, sizeof high);
    for (; step < end; step++)
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            Bytes column, first, further;
            Signed above;
            memcpy(&column, step->column + half * sizeof column, sizeof column);
            memcpy(&first, step->first + half * sizeof first, sizeof first);
            memcpy(&further, step->further + half * sizeof further, sizeof further);
            memcpy(&above, step->above + half * sizeof above, sizeof above);
            Signed own = (Signed)__builtin_ia32_pshufb256(low, (Table)(column + 112))
                | (Signed)__builtin_ia32_pshufb256(high, (Table)(column - 16));
            found[half] += (Bytes)(found[half] == first) & (Bytes)(above > own) & further;
        }
    memcpy(leaves, found, sizeof found);
}

/* Write the ranks of a row with views, each half of them twice, as each register has two halves. */
static void rank_row(const Ranks *ranks, const double *row, int8_t *target)
{
    for (Py_ssize_t column = 0; column < ranks->column_count; column++) {
        const double *thresholds = ranks->thresholds + ranks->starts[column];
        int32_t known = (int32_t)(ranks->starts[column + 1] - ranks->starts[column]), place = 0;
        double number = row[ranks->columns[column]];
        for (int32_t left = known; left > 1; left -= left / 2)
            place += -(int32_t)(thresholds[place + left / 2 - 1] < number) & (left / 2);
        int32_t rank = isnan(number) ? 0 : known - place - (thresholds[place] < number);
        int8_t *own = target + column / 16 * 32 + column % 16;
        own[0] = own[16] = (int8_t)(rank - middle(ranks));
    }
}

/* Add up all trees for a few rows with views. */
static void sweep_rows(const Trees *trees, const double *rows, Py_ssize_t count, double *totals, Py_ssize_t output_width)
{
    const Ranks *ranks = trees->ranks;
    for (Py_ssize_t row = 0; row < count; row++, rows += trees->row_width, totals += output_width) {
        int8_t own[2 * RANKED] = {0};
        rank_row(ranks, rows, own);
        for (Py_ssize_t group = 0, tree = 0; tree < trees->tree_count; group++, tree += TOGETHER_TREES) {
            uint8_t leaves[TOGETHER_TREES];
            int64_t places[TOGETHER_TREES];
            Py_ssize_t left = trees->tree_count - tree, here = left < TOGETHER_TREES ? left : TOGETHER_TREES;
            const Step *steps = trees->steps->steps;
            find_leaves(steps + trees->steps->starts[group], steps + trees->steps->starts[group + 1], own, leaves);
            for (Py_ssize_t index = 0; index < here; index++)
                places[index] = ranks->leaf_starts[tree + index] + leaves[index];
            add_singles(trees, ranks->values, tree, here, places, totals);
        }
    }
}
#else
static void free_steps(struct Steps *steps) { (void)steps; }

static bool plan_rows(Trees *trees, Py_ssize_t count) { return (void)trees, (void)count, false; }

static void sweep_rows(const Trees *trees, const double *rows, Py_ssize_t count, double *totals, Py_ssize_t output_width)
{
    (void)trees, (void)rows, (void)count, (void)totals, (void)output_width;
}
#endif
