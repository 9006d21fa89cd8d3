/* Tables to find the leaves of many rows without following paths from node to node; _sweep.h uses them.
 *
 * Numbers are replaced by ranks among the thresholds of their column, which fit into 8 or 16 bits. A tree is a list of
 * tests, one for each node, in preorder. The tables are made from those that were checked, once enough rows have come. */

#define MOST 20 /* leaves of a tree, on average, for each byte of a vector: up to here, testing all nodes pays */
#ifndef WALKS
#define WALKS 4 /* walks for each node after which making the tables pays */
#endif

/* A test of a node: whether its threshold's rank is above a row's; the first leaf under the node; and how much further
 * the first leaf under its right child is. */
typedef struct {
    uint16_t column;
    int16_t above;
    uint16_t first, further;
} Test;

/* Ranks count from the highest threshold: a number's is that of the lowest threshold that is not below it, from 1, or 0
 * if there is none, as for NaN. They are stored less the middle of their range: older processors compare vectors of
 * signed numbers alone. */
typedef struct Ranks {
    bool wide;                          /* 16 bits, not 8 */
    Py_ssize_t column_count;            /* columns that nodes test */
    int32_t *columns;                   /* their places in a row with views */
    int64_t *starts;                    /* the first threshold of each of them, and the end of the last one's */
    double *thresholds;                 /* ascending in each column, without repetitions */
    int64_t *test_starts, *leaf_starts; /* the first of each tree, and the end of the last one's */
    Test *tests;
    char *values; /* of the leaves, from left to right */
} Ranks;

static void free_ranks(Ranks *ranks)
{
    void *tables[] = {ranks->columns,     ranks->starts, ranks->thresholds, ranks->test_starts,
                      ranks->leaf_starts, ranks->tests,  ranks->values,     ranks};
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++)
        free(tables[index]);
}

/* What a rank is stored less. */
static int32_t middle(const Ranks *ranks) { return ranks->wide ? 1 << 15 : 1 << 7; }

static Py_ssize_t leaf_size(const Trees *trees)
{
    return trees->width * (trees->float32 ? (Py_ssize_t)sizeof(float) : (Py_ssize_t)sizeof(double));
}

static int compare_numbers(const void *one, const void *other)
{
    double left = *(const double *)one, right = *(const double *)other;
    return (left > right) - (left < right);
}

/* Sort some thresholds and write them to `target` without repetitions; return how many are left. */
static int64_t sort_thresholds(double *thresholds, int64_t count, double *target)
{
    int64_t kept = 0;
    qsort(thresholds, (size_t)count, sizeof *thresholds, compare_numbers);
    for (int64_t index = 0; index < count; index++)
        if (!kept || target[kept - 1] != thresholds[index])
            target[kept++] = thresholds[index];
    return kept;
}

/* Collect the thresholds of each column. False if one is NaN, which has no rank, or if there are too many. */
static bool collect_thresholds(const Trees *trees, Ranks *ranks, int64_t count)
{
    const Node *nodes = nodes_of(trees);
    int64_t *ends = calloc((size_t)trees->row_width + 1, sizeof *ends), kept = 0;
    bool good = ends;
    for (int64_t node = 0; good && node < count; node++)
        if (nodes[node].right) {
            ends[nodes[node].column + 1]++;
            good = !isnan(nodes[node].threshold);
        }
    for (Py_ssize_t column = 0; good && column < trees->row_width; column++)
        ends[column + 1] += ends[column];
    for (int64_t node = 0; good && node < count; node++)
        if (nodes[node].right)
            ranks->thresholds[ends[nodes[node].column]++] = nodes[node].threshold;
    for (Py_ssize_t column = 0, start = 0; good && column < trees->row_width; start = ends[column++]) {
        int64_t own = sort_thresholds(ranks->thresholds + start, ends[column] - start, ranks->thresholds + kept);
        if (!own)
            continue;
        good = own <= UINT16_MAX && ranks->column_count < UINT16_MAX;
        ranks->wide |= own > UINT8_MAX;
        ranks->columns[ranks->column_count++] = (int32_t)column;
        ranks->starts[ranks->column_count] = kept += own;
    }
    free(ends);
    return good;
}

/* Count the leaves under each node of a tree. False if it is none: in damaged tables, subtrees may overlap. */
static bool count_leaves(const Node *nodes, int64_t count, uint32_t *leaves)
{
    for (int64_t node = count - 1; node >= 0; node--) {
        uint32_t right = nodes[node].right;
        if (right && right != 2 * leaves[node + 1])
            return false;
        leaves[node] = right ? leaves[node + 1] + leaves[node + right] : 1;
    }
    return 2 * (int64_t)leaves[0] - 1 == count && leaves[0] <= UINT16_MAX;
}

/* The rank of a threshold of a column. */
static int64_t rank_of(const Ranks *ranks, int32_t column, double threshold)
{
    int64_t low = ranks->starts[column], end = ranks->starts[column + 1], high = end;
    while (high - low > 1) {
        int64_t half = low + (high - low) / 2;
        *(ranks->thresholds[half] <= threshold ? &low : &high) = half;
    }
    return end - low;
}

/* Write the tests and the leaves of a tree behind those of the trees before it. `places` finds columns. */
static void add_tree(const Trees *trees, Ranks *ranks, Py_ssize_t tree, const uint32_t *leaves, const int32_t *places)
{
    const Node *nodes = nodes_of(trees) + starts_of(trees)[tree];
    int64_t count = starts_of(trees)[tree + 1] - starts_of(trees)[tree], first = ranks->leaf_starts[tree], leaf = first;
    Test *test = ranks->tests + ranks->test_starts[tree];
    Py_ssize_t size = leaf_size(trees);
    for (const Node *node = nodes; node < nodes + count; node++) {
        int32_t column = places[node->column];
        if (node->right)
            *test++ = (Test){(uint16_t)column, (int16_t)rank_of(ranks, column, node->threshold),
                             (uint16_t)(leaf - first), (uint16_t)leaves[node - nodes + 1]};
        else
            memcpy(ranks->values + leaf++ * size, (const char *)trees->values.buf + place_of(node) * size, (size_t)size);
    }
    ranks->test_starts[tree + 1] = test - ranks->tests;
    ranks->leaf_starts[tree + 1] = leaf;
    ranks->wide |= leaf - first > UINT8_MAX + 1;
}

/* Fill the tables. False if the trees are none of those that they are for. */
static bool fill_ranks(const Trees *trees, Ranks *ranks, int64_t count)
{
    int32_t *places = calloc((size_t)trees->row_width, sizeof *places);
    uint32_t *leaves = malloc((size_t)count * sizeof *leaves);
    bool good = places && leaves && collect_thresholds(trees, ranks, count);
    for (int32_t column = 0; good && column < ranks->column_count; column++)
        places[ranks->columns[column]] = column;
    for (Py_ssize_t tree = 0; good && tree < trees->tree_count; tree++) {
        int64_t start = starts_of(trees)[tree], size = starts_of(trees)[tree + 1] - start;
        if ((good = count_leaves(nodes_of(trees) + start, size, leaves)))
            add_tree(trees, ranks, tree, leaves, places);
    }
    for (int64_t test = 0; good && test < ranks->test_starts[trees->tree_count]; test++)
        ranks->tests[test].above = (int16_t)((uint16_t)ranks->tests[test].above - middle(ranks));
    free(places);
    free(leaves);
    return good;
}

/* Return tables of ranks for vectors of some bytes; NULL if the trees are too large, or test sets of categories. */
static Ranks *make_ranks(const Trees *trees, int bytes)
{
    int64_t count = trees->nodes.len / (Py_ssize_t)sizeof(Node);
    if (trees->has_categories || starts_of(trees)[0] || starts_of(trees)[trees->tree_count] != count
        || count > 2 * MOST * bytes * trees->tree_count)
        return NULL;
    Ranks *ranks = calloc(1, sizeof *ranks);
    if (!ranks)
        return NULL;
    ranks->columns = malloc((size_t)trees->row_width * sizeof *ranks->columns);
    ranks->starts = calloc((size_t)trees->row_width + 1, sizeof *ranks->starts);
    ranks->thresholds = malloc((size_t)count * sizeof *ranks->thresholds);
    ranks->test_starts = calloc((size_t)trees->tree_count + 1, sizeof *ranks->test_starts);
    ranks->leaf_starts = calloc((size_t)trees->tree_count + 1, sizeof *ranks->leaf_starts);
    ranks->tests = malloc((size_t)count * sizeof *ranks->tests);
    ranks->values = malloc((size_t)(count * leaf_size(trees)));
    if (ranks->columns && ranks->starts && ranks->thresholds && ranks->test_starts && ranks->leaf_starts
        && ranks->tests && ranks->values && fill_ranks(trees, ranks, count))
        return ranks;
    free_ranks(ranks);
    return NULL;
}
